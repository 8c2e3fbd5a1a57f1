-- Objects for the attacks that are our own: code and data behind domains, keys, indexes, views and names.
CREATE DOMAIN public.ident_domain AS text DEFAULT public.get_ssn(17);
CREATE TABLE public.drops (id int PRIMARY KEY, x public.ident_domain, note text);
CREATE TABLE public.watch (id int PRIMARY KEY, one public.verified_ssn, ids public.verified_ssn[], note text);
CREATE TYPE public.holder AS (label text, ident public.verified_ssn);
CREATE TABLE public.boxes (id int PRIMARY KEY, h public.holder);
CREATE TABLE public.labels (id int, n int);
CREATE INDEX labels_ident ON public.labels (public.ident_const(n));
CREATE TABLE public.quotas (id int, n int);
CREATE UNIQUE INDEX quotas_partial ON public.quotas (id) WHERE public.ident_const(n) IS NOT NULL;
CREATE TABLE public.cards (id int PRIMARY KEY, customer_id int REFERENCES public.customers(id) ON DELETE CASCADE,
  ssn text REFERENCES public.customers(ssn) ON UPDATE CASCADE ON DELETE SET NULL, memo text NOT NULL);
CREATE TABLE public.card_notes (card_id int REFERENCES public.cards(id) ON DELETE CASCADE, body text);
CREATE FUNCTION public.card_notes_trg() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE NOTICE '%', public.get_ssn(17); RETURN OLD; END $$;
CREATE TRIGGER card_notes_gone BEFORE DELETE ON public.card_notes FOR EACH ROW EXECUTE FUNCTION public.card_notes_trg();
-- a type whose cast to text is implicit
CREATE TYPE public.tagref AS (id int);
CREATE FUNCTION public.tagref_text(public.tagref) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT ssn FROM public.customers WHERE id = ($1).id $$;
CREATE CAST (public.tagref AS text) WITH FUNCTION public.tagref_text(public.tagref) AS IMPLICIT;
CREATE TABLE public.tagged (id int PRIMARY KEY, r public.tagref, rs public.tagref[]);
INSERT INTO public.tagged VALUES (1, ROW(17), ARRAY[ROW(17)::public.tagref]);
CREATE FUNCTION public.upper(public.customer_ref) RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT public.get_ssn(($1).id) $$;
CREATE FUNCTION public.same_ref(public.customer_ref, public.customer_ref) RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT public.get_ssn(($1).id) = public.get_ssn(($2).id) $$;
CREATE OPERATOR public.= (LEFTARG = public.customer_ref, RIGHTARG = public.customer_ref, FUNCTION = public.same_ref);
-- names that hide built-ins
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
CREATE FUNCTION app.length(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION app.text_is(text, text) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT public.ssn_known($1) $$;
CREATE OPERATOR app.= (LEFTARG = text, RIGHTARG = text, FUNCTION = app.text_is);
CREATE DOMAIN app.initcap AS text CHECK (public.ssn_known(VALUE));
CREATE VIEW app.pg_class AS SELECT ssn AS relname FROM public.customers;
CREATE VIEW app.orders AS SELECT id, ssn AS note FROM public.customers;
-- views
CREATE VIEW public.flagged AS SELECT id, CASE WHEN ssn LIKE '1%' THEN 'a' ELSE 'b' END AS bucket FROM public.customers;
CREATE VIEW public.tallied AS SELECT country, count(*) FILTER (WHERE ssn LIKE '1%') AS n FROM public.customers GROUP BY country;
CREATE VIEW public.ranked AS SELECT id, rank() OVER (ORDER BY ssn) AS place FROM public.customers;
CREATE VIEW public.whole AS SELECT id, c AS everything FROM public.customers c;
CREATE VIEW public.paired AS SELECT c.id FROM public.customers c JOIN finance.customers f USING (ssn);
CREATE VIEW public.deduped AS SELECT DISTINCT ON (ssn) id, name FROM public.customers ORDER BY ssn;
CREATE VIEW public.lateral_view AS SELECT o.id, l.hint FROM public.orders o,
  LATERAL (SELECT max(c.ssn) AS hint FROM public.customers c WHERE c.id = o.customer_id) l;
CREATE VIEW public.chain AS WITH RECURSIVE r(n, s) AS (SELECT 1, ssn FROM public.customers WHERE id = 17
  UNION ALL SELECT n + 1, s FROM r WHERE n < 3) SELECT n, s AS word FROM r;
CREATE VIEW public.xml_view AS SELECT x.v FROM public.customers c,
  XMLTABLE('/r' PASSING xmlelement(name r, c.ssn) COLUMNS v text PATH '.') x;
CREATE VIEW public.json_view AS SELECT c.id, row_to_json(c) ->> 'ssn' AS j FROM public.customers c;
CREATE VIEW public.renamed(a, b) AS SELECT id, ssn FROM public.customers;
CREATE VIEW public.united AS SELECT id, name AS label FROM public.customers UNION ALL SELECT id, ssn FROM public.customers;
CREATE VIEW public.scalar_view AS SELECT o.id, (SELECT c.ssn FROM public.customers c WHERE c.id = o.customer_id) AS hint
  FROM public.orders o;
CREATE VIEW public.exists_view AS SELECT p.id FROM public.products p
  WHERE EXISTS (SELECT FROM public.customers c WHERE c.ssn LIKE p.sku || '%');
CREATE VIEW public.editable AS SELECT id, name FROM public.customers WHERE country = 'DE' WITH CHECK OPTION;
CREATE TABLE public.secrets_virtual (id int PRIMARY KEY, customer_id int, v int GENERATED ALWAYS AS (customer_id * 2) VIRTUAL);
CREATE TABLE public.guarded_rows (id int, note text);
ALTER TABLE public.guarded_rows ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON public.guarded_rows USING (public.ssn_known(note));
CREATE VIEW public.indexed_view AS SELECT id, (ARRAY['a','b','c'])[length(ssn) % 3] AS k FROM public.customers;
CREATE VIEW public.series_view AS SELECT c.id FROM public.customers c, generate_series(1, length(c.ssn)) g;
CREATE VIEW public.srf_view AS SELECT id, generate_series(1, length(ssn)) AS g FROM public.customers;
CREATE VIEW public.exists_srf_view AS SELECT id, EXISTS (SELECT generate_series(1, length(ssn) - 13)) AS e FROM public.customers;
CREATE VIEW public.xml_rows_view AS SELECT c.id FROM public.customers c,
  XMLTABLE('/r' PASSING xmlelement(name r, c.ssn) COLUMNS v text PATH '.') x;
CREATE VIEW public.json_rows_view AS SELECT c.id FROM public.customers c,
  JSON_TABLE(to_jsonb(c.ssn), '$[*] ? (@ starts with "1")' COLUMNS (v text PATH '$')) x;
CREATE VIEW public.coalesced AS SELECT id, coalesce(nullif(left(ssn, 1), '1'), 'x') AS k FROM public.customers;
CREATE VIEW public.arrayed AS SELECT id, ARRAY(SELECT c2.ssn FROM public.customers c2 WHERE c2.id = c.id) AS k FROM public.customers c;
CREATE VIEW public.any_view AS SELECT o.id, o.note = ANY (SELECT ssn FROM public.customers) AS k FROM public.orders o;
CREATE VIEW public.cte_view AS WITH x AS (SELECT id, ssn AS q FROM public.customers) SELECT id, q AS k FROM x;
CREATE VIEW public.values_view AS SELECT v.column1 AS k FROM (VALUES ((SELECT max(ssn) FROM public.customers)), ('a')) v;
CREATE VIEW public.intersected AS SELECT note AS k FROM public.orders INTERSECT SELECT ssn FROM public.customers;
CREATE VIEW public.windowed AS SELECT id, lead(ssn) OVER (ORDER BY id) AS k FROM public.customers;
CREATE VIEW public.ordered_set AS SELECT country, percentile_disc(0.5) WITHIN GROUP (ORDER BY ssn) AS k FROM public.customers GROUP BY country;
CREATE VIEW public.agg_order AS SELECT country, string_agg(name, ',' ORDER BY ssn) AS k FROM public.customers GROUP BY country;
CREATE VIEW public.limited AS SELECT id FROM public.customers ORDER BY ssn LIMIT 3;
CREATE VIEW public.grouped AS SELECT count(*) AS n FROM public.customers GROUP BY left(ssn, 1);
CREATE VIEW public.full_joined AS SELECT ssn AS k FROM public.customers FULL JOIN finance.customers USING (ssn);
CREATE VIEW public.on_view AS SELECT o.id FROM public.orders o LEFT JOIN public.customers c ON c.ssn = o.note;
CREATE VIEW public.ops_view AS SELECT OPERATOR(public.~#) o.customer_id AS k FROM public.orders o;
CREATE VIEW public.cast_view AS SELECT ROW(o.customer_id)::public.customer_ref::text AS k FROM public.orders o;
CREATE VIEW public.agg_fn_view AS SELECT public.ident_list(o.customer_id) AS k FROM public.orders o;
CREATE VIEW public.json_cons AS SELECT id, JSON_OBJECT('a': ssn) AS k FROM public.customers;
CREATE VIEW public.row_fn AS SELECT public.ssn_of(c) AS k FROM public.customers c;
CREATE VIEW public.sampled AS SELECT o.id FROM public.orders o TABLESAMPLE bernoulli (50) WHERE (SELECT min(ssn) FROM public.customers) < 'z';
CREATE VIEW public.sub_renamed AS SELECT t.z AS k FROM (SELECT id, name, ssn FROM public.customers) t(x, y, z);
CREATE VIEW public.join_alias AS SELECT j.k FROM (public.customers c(a, b, d, k) CROSS JOIN public.settings s) j;
CREATE VIEW public.over_deep AS SELECT k FROM public.sub_renamed;
CREATE VIEW public.fine_series AS SELECT c.id, c.name, g AS n FROM public.customers c, generate_series(1, 2) g;
CREATE DOMAIN public.dref AS public.customer_ref;
INSERT INTO public.watch SELECT 1, ssn, ARRAY[ssn]::public.verified_ssn[], 'x' FROM public.customers WHERE id = 17;

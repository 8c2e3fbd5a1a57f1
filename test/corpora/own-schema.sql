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
-- writes that reach other tables than they name, and the code behind those
CREATE VIEW public.badge_ids AS SELECT id FROM public.badges;
CREATE VIEW public.badge_renamed AS SELECT id AS n, holder AS h FROM public.badges;
CREATE VIEW public.note_count AS SELECT 1 AS x FROM public.card_notes;
CREATE VIEW public.note_places AS SELECT ctid AS x FROM public.card_notes;
CREATE VIEW public.note_expr AS SELECT length(body) AS x FROM public.card_notes;
CREATE VIEW public.note_over AS SELECT x FROM public.note_count;
CREATE FUNCTION public.shout() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', public.get_ssn(17); RETURN 1; END $$;
CREATE TABLE public.loud (id int PRIMARY KEY, n int DEFAULT public.shout(), o int);
CREATE VIEW public.loud_ids AS SELECT id FROM public.loud;
CREATE VIEW public.loud_renamed AS SELECT id AS a, n AS b FROM public.loud;
CREATE TABLE public.parent_t (id int PRIMARY KEY, v text);
CREATE TABLE public.child_t (extra int) INHERITS (public.parent_t);
CREATE FUNCTION public.noisy_trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', public.get_ssn(17); RETURN COALESCE(NEW, OLD); END $$;
CREATE TRIGGER noisy BEFORE UPDATE OR DELETE ON public.child_t FOR EACH ROW EXECUTE FUNCTION public.noisy_trg();
INSERT INTO public.child_t VALUES (1,'a',2),(2,'b',2);
CREATE TABLE public.pt (id int, k int) PARTITION BY LIST (k);
CREATE TABLE public.pt1 PARTITION OF public.pt FOR VALUES IN (1);
CREATE TABLE public.pt2 PARTITION OF public.pt FOR VALUES IN (2);
CREATE TRIGGER noisy BEFORE INSERT ON public.pt2 FOR EACH ROW EXECUTE FUNCTION public.noisy_trg();
INSERT INTO public.pt1 VALUES (1,1);
CREATE TABLE public.fk_home (id int PRIMARY KEY);
INSERT INTO public.fk_home VALUES (1001), (1002);
CREATE TABLE public.fk_default (id int PRIMARY KEY, order_id int DEFAULT public.shout() REFERENCES public.fk_home(id) ON DELETE SET DEFAULT);
INSERT INTO public.fk_default VALUES (1, 1001), (2,1002);
CREATE TABLE public.whened (id int, v text);
CREATE FUNCTION public.plain_trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER w BEFORE INSERT ON public.whened FOR EACH ROW WHEN (public.ssn_known(NEW.v)) EXECUTE FUNCTION public.plain_trg();
CREATE TABLE public.stmt_t (id int);
CREATE FUNCTION public.stmt_trg() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM newrows LOOP RAISE NOTICE '%', public.get_ssn(r.id); END LOOP; RETURN NULL; END $$;
CREATE TRIGGER s AFTER INSERT ON public.stmt_t REFERENCING NEW TABLE AS newrows FOR EACH STATEMENT EXECUTE FUNCTION public.stmt_trg();
CREATE TABLE public.deferred_t (id int PRIMARY KEY, v text);
CREATE CONSTRAINT TRIGGER d AFTER INSERT ON public.deferred_t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.noisy_trg();
-- functions of every shape
CREATE FUNCTION public.f_default(a int, b text DEFAULT public.get_ssn(17)) RETURNS text LANGUAGE sql AS $$ SELECT b $$;
CREATE FUNCTION public.f_default_expr(a int DEFAULT length(public.get_ssn(17))) RETURNS int LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION public.f_variadic(VARIADIC k int[]) RETURNS text LANGUAGE sql AS $$ SELECT max(ssn) FROM public.customers WHERE id = ANY (k) $$;
CREATE FUNCTION public.f_poly(anyelement) RETURNS anyelement LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION public.f_poly_arr(anyarray) RETURNS text LANGUAGE sql AS $$ SELECT $1::text $$;
CREATE FUNCTION public.f_over(int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$;
CREATE FUNCTION public.f_over(text) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over2(text) RETURNS text LANGUAGE sql AS $$ SELECT 'text' $$;
CREATE FUNCTION public.f_over2(varchar) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over3(text) RETURNS text LANGUAGE sql AS $$ SELECT 'text' $$;
CREATE FUNCTION public.f_over3(name) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over4(int) RETURNS text LANGUAGE sql AS $$ SELECT 'int' $$;
CREATE FUNCTION public.f_over4(bigint) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over5(numeric) RETURNS text LANGUAGE sql AS $$ SELECT 'n' $$;
CREATE FUNCTION public.f_over5(double precision) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over6(timestamptz) RETURNS text LANGUAGE sql AS $$ SELECT 'n' $$;
CREATE FUNCTION public.f_over6(timestamp) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over7(text) RETURNS text LANGUAGE sql AS $$ SELECT 'n' $$;
CREATE FUNCTION public.f_over7(char) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_over8(json) RETURNS text LANGUAGE sql AS $$ SELECT 'n' $$;
CREATE FUNCTION public.f_over8(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT public.get_ssn(17) $$;
CREATE FUNCTION public.f_path() RETURNS text LANGUAGE sql AS $$ SELECT max(ssn) FROM customers $$;
CREATE FUNCTION public.f_path_outer() RETURNS text LANGUAGE sql SET search_path = public AS $$ SELECT public.f_path() $$;
CREATE FUNCTION public.f_path_pl() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT max(ssn) FROM customers); END $$;
CREATE FUNCTION public.f_path_set() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('search_path','public',true); RETURN (SELECT max(ssn) FROM customers); END $$;
CREATE FUNCTION public.f_table_names() RETURNS TABLE (id int, ssn text) LANGUAGE plpgsql AS $$ #variable_conflict use_column
BEGIN RETURN QUERY SELECT customers.id, ssn FROM public.customers; END $$;
CREATE FUNCTION public.f_rec(n int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF n = 0 THEN RETURN (SELECT max(ssn) FROM public.customers); END IF; RETURN public.f_rec(n-1); END $$;
CREATE FUNCTION public.f_atomic(c int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT ssn FROM public.customers WHERE id = c; END;
CREATE FUNCTION public.f_atomic_ret(c int) RETURNS text LANGUAGE sql RETURN (SELECT ssn FROM public.customers WHERE id = c);
CREATE FUNCTION public.f_writes() RETURNS void LANGUAGE sql AS $$ UPDATE public.settings SET value = public.get_ssn(17) WHERE key = 'theme' $$;
CREATE FUNCTION public.f_temp(v text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO scratch SELECT ssn FROM public.customers WHERE id = 17; END $$;
CREATE FUNCTION public.f_cursor(c refcursor) RETURNS refcursor LANGUAGE plpgsql AS $$ BEGIN OPEN c FOR SELECT ssn FROM public.customers; RETURN c; END $$;
CREATE FUNCTION public.f_row() RETURNS public.customers LANGUAGE sql AS $$ SELECT * FROM public.customers WHERE id = 17 $$;
CREATE FUNCTION public.f_in(c public.customers) RETURNS int LANGUAGE sql AS $$ SELECT length(c.ssn) $$;
CREATE FUNCTION public.f_out(OUT a int, OUT b text) LANGUAGE sql AS $$ SELECT id, ssn FROM public.customers WHERE id = 17 $$;
CREATE FUNCTION public.f_xml() RETURNS text LANGUAGE sql AS $$ SELECT query_to_xml('select ssn from public.customers', true, true, '')::text $$;
CREATE FUNCTION public.f_exec(t text) RETURNS SETOF record LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE format('SELECT * FROM %I', t); END $$;
CREATE FUNCTION public.f_def_path(x text DEFAULT 'a', y boolean DEFAULT ('a' = 'b')) RETURNS text LANGUAGE sql AS $$ SELECT x $$;
CREATE FUNCTION public.f_agg_state(s text, v int) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN s || (SELECT ssn FROM public.customers WHERE id = v); END $$;
CREATE AGGREGATE public.f_agg(int) (SFUNC = public.f_agg_state, STYPE = text, INITCOND = '');
CREATE FUNCTION public.f_agg_final(s int[]) RETURNS text LANGUAGE sql AS $$ SELECT string_agg(public.get_ssn(x), ',') FROM unnest(s) x $$;
CREATE AGGREGATE public.f_agg2(int) (SFUNC = array_append, STYPE = int[], FINALFUNC = public.f_agg_final, INITCOND = '{}');
CREATE FUNCTION public.f_cmp(a public.customer_ref, b public.customer_ref) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', public.get_ssn(17); RETURN 0; END $$;
CREATE FUNCTION public.trg_fn_arg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ' || TG_ARGV[0]; RETURN NEW; END $$;
CREATE TABLE public.exec_t (id int);
CREATE TRIGGER e BEFORE INSERT ON public.exec_t FOR EACH ROW EXECUTE FUNCTION public.trg_fn_arg('public.shout()');
CREATE VIEW public.io AS SELECT id, name FROM public.products;
CREATE FUNCTION public.io_trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', public.get_ssn(NEW.id); RETURN NEW; END $$;
CREATE TRIGGER io INSTEAD OF INSERT OR UPDATE ON public.io FOR EACH ROW EXECUTE FUNCTION public.io_trg();
CREATE PROCEDURE public.p_out(OUT a text) LANGUAGE plpgsql AS $$ BEGIN SELECT ssn INTO a FROM public.customers WHERE id = 17; END $$;
CREATE PROCEDURE public.p_notice() LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', public.get_ssn(17); COMMIT; END $$;
CREATE TYPE public.floatrange2 AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE FUNCTION public.loop_var() RETURNS text LANGUAGE plpgsql AS $$ DECLARE ssn text := 'x'; r text; BEGIN BEGIN r := ssn; END; FOR ssn IN SELECT c.ssn FROM public.customers c LOOP r := ssn; END LOOP; RETURN r; END $$;

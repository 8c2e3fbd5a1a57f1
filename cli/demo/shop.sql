-- The sample shop of the demo: invented people, numbers from ranges that are never issued.
-- Run by a superuser in an empty database; objects belong to shop_owner, stepward logs in as stepward_app.
DO $$ BEGIN
  CREATE ROLE shop_owner NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server has the shop too
END $$;
GRANT CREATE ON SCHEMA public TO shop_owner;
SET ROLE shop_owner;

CREATE TABLE customers (
  id          integer PRIMARY KEY,
  name        text NOT NULL,
  email       text NOT NULL UNIQUE,
  phone       text,
  ssn         text UNIQUE,
  card_number text,
  country     char(2) NOT NULL,
  created_at  timestamptz NOT NULL
);
CREATE TABLE products (
  id    integer PRIMARY KEY,
  sku   text NOT NULL UNIQUE,
  name  text NOT NULL,
  price numeric(10,2) NOT NULL,
  stock integer NOT NULL DEFAULT 0
);
CREATE TABLE orders (
  id          integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  status      text NOT NULL CHECK (status IN ('new', 'paid', 'shipped', 'returned')),
  placed_at   timestamptz NOT NULL,
  note        text
);
CREATE TABLE order_items (
  order_id   integer NOT NULL REFERENCES orders,
  product_id integer NOT NULL REFERENCES products,
  quantity   integer NOT NULL CHECK (quantity > 0),
  unit_price numeric(10,2) NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
CREATE TABLE payments (
  id         integer PRIMARY KEY,
  order_id   integer NOT NULL REFERENCES orders,
  amount     numeric(12,2) NOT NULL,
  method     text NOT NULL,
  paid_at    timestamptz NOT NULL,
  card_last4 text
);
CREATE TABLE employees (
  id         integer PRIMARY KEY,
  name       text NOT NULL,
  email      text NOT NULL,
  department text NOT NULL,
  title      text NOT NULL,
  salary     numeric(10,2) NOT NULL,
  hired_on   date NOT NULL
);
CREATE INDEX orders_customer_idx ON orders (customer_id);
CREATE INDEX orders_placed_idx ON orders (placed_at);

INSERT INTO customers
SELECT n,
       first || ' ' || last,
       lower(first || '.' || last || n || '@example.com'),
       '+1-555-' || lpad((n * 37 % 10000)::text, 4, '0'),
       '9' || lpad((n * 7 % 100)::text, 2, '0') || '-' || lpad((n * 13 % 89 + 10)::text, 2, '0') || '-' || lpad(n::text, 4, '0'),
       '4000-00' || lpad((n * 3 % 100)::text, 2, '0') || '-' || lpad((n * 17 % 10000)::text, 4, '0') || '-' || lpad((n * 29 % 10000)::text, 4, '0'),
       (ARRAY['US','DE','FR','GB','JP','BR','CA','IT'])[1 + n * 5 % 8],
       timestamptz '2023-01-01 09:00+00' + n * interval '41 hours'
FROM (SELECT n,
             (ARRAY['Ada','Grace','Alan','Edsger','Barbara','Donald','Frances','Ken','Radia','Tim','Margaret','Dennis','Joan','Linus','Katherine','Niklaus'])[1 + n * 7 % 16] AS first,
             (ARRAY['Miller','Schmidt','Martin','Taylor','Sato','Silva','Tremblay','Rossi','Novak','Larsen','Kowalski','Ionescu','Berg','Costa','Dubois'])[1 + n * 11 % 15] AS last
      FROM generate_series(1, 500) n) people;
INSERT INTO products
SELECT n, 'SKU-' || lpad(n::text, 4, '0'),
       (ARRAY['Walnut','Steel','Linen','Ceramic','Cork','Wool','Glass','Oak'])[1 + n * 3 % 8] || ' ' ||
       (ARRAY['Lamp','Chair','Mug','Notebook','Shelf','Blanket','Clock','Tray','Kettle'])[1 + n * 5 % 9],
       round((5 + n * 7919 % 24000 / 100.0)::numeric, 2), n * 31 % 120
FROM generate_series(1, 80) n;
INSERT INTO orders
SELECT n, 1 + n * 7 % 500, (ARRAY['new','paid','paid','shipped','shipped','shipped','returned'])[1 + n % 7],
       timestamptz '2024-01-01 08:00+00' + n * interval '5 hours', CASE WHEN n % 23 = 0 THEN 'gift wrap, please' END
FROM generate_series(1, 3000) n;
INSERT INTO order_items
SELECT o.id, 1 + (o.id * 3 + k * 17) % 80, 1 + (o.id + k) % 4, p.price
FROM orders o, generate_series(0, 2) k, products p
WHERE k <= o.id % 3 AND p.id = 1 + (o.id * 3 + k * 17) % 80;
INSERT INTO payments
SELECT o.id, o.id, t.total, (ARRAY['card','card','wire','invoice'])[1 + o.id % 4], o.placed_at + interval '1 hour',
       CASE WHEN o.id % 4 < 2 THEN right(c.card_number, 4) END
FROM orders o
JOIN customers c ON c.id = o.customer_id
JOIN (SELECT order_id, sum(quantity * unit_price) AS total FROM order_items GROUP BY order_id) t ON t.order_id = o.id
WHERE o.status <> 'new';
INSERT INTO employees
SELECT n,
       (ARRAY['Maya','Jonas','Priya','Omar','Elena','Tom','Aiko','Lucas'])[1 + n * 3 % 8] || ' ' ||
       (ARRAY['Weber','Okafor','Lindgren','Moreau','Tanaka','Fischer','Almeida'])[1 + n * 5 % 7],
       'e' || n || '@shop.example', (ARRAY['Sales','Engineering','Support','Finance','Warehouse'])[1 + n % 5],
       (ARRAY['Associate','Senior Associate','Lead','Manager'])[1 + n % 4], 38000 + n * 2711 % 70000, date '2016-03-01' + n * 53
FROM generate_series(1, 48) n;

CREATE VIEW customer_overview AS
SELECT c.id, c.name, c.email, c.country, count(o.id) AS orders, max(o.placed_at) AS last_order
FROM customers c LEFT JOIN orders o ON o.customer_id = c.id
GROUP BY c.id;

RESET ROLE;
ANALYZE;
-- The role stepward logs in with: no superuser, owns nothing, may not create anything but temporary tables.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO stepward_app;

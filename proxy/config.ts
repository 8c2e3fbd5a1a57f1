import { z } from 'zod';
import { byteSize, httpUrl, isLoopback, path, port, positiveInt, secret, tagName, timeZone } from './config/scalars.ts';

/**
 * The configuration: this schema is the types, the defaults and the documentation (see config/describe.ts), in one place.
 * Read with loadConfig() of config/load.ts. Paths are relative to the config file; unknown keys are refused, because a
 * misspelt `requried: true` that is silently ignored is a hole.
 */

const listenSchema = (defaultPort: number) =>
  z.strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on'),
    port: port().default(defaultPort).describe('TCP port; 0 takes a free one'),
  });

const tlsSchema = z
  .strictObject({
    cert: path()
      .describe('certificate chain, PEM')
      .meta({ examples: ['./server.crt'] }),
    key: path()
      .describe('private key, PEM')
      .meta({ examples: ['./server.key'] }),
    required: z.boolean().default(false).describe('refuse clients that do not ask for TLS'),
  })
  .describe('TLS towards clients; without this section SSLRequest is answered with N');

const upstreamTlsSchema = z.strictObject({
  mode: z
    .enum(['disable', 'require', 'verify-full'])
    .optional()
    .describe('as libpq: require encrypts, verify-full also checks the certificate and the host name')
    .meta({ defaultText: 'disable on a loopback host, else verify-full', examples: ['verify-full'] }),
  ca: path()
    .optional()
    .describe("certificate authority of the upstream, PEM; the system's own without it")
    .meta({ examples: ['./upstream-ca.crt'] }),
});

const upstreamSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .describe('host name or address of PostgreSQL')
      .meta({ examples: ['db.internal'] }),
    port: port().default(5432).describe('port of PostgreSQL'),
    database: z
      .string()
      .min(1)
      .describe('the one database that is served')
      .meta({ examples: ['shop'] }),
    user: z
      .string()
      .min(1)
      .describe('service account, neither superuser nor owner')
      .meta({ examples: ['stepward'] }),
    password: secret()
      .default('')
      .describe('its password')
      .meta({ examples: ['${env:STEPWARD_UPSTREAM_PASSWORD}'], secret: true }),
    tls: upstreamTlsSchema.prefault({}).describe('TLS towards PostgreSQL'),
    connectTimeoutSeconds: positiveInt(600).default(10).describe('for the connection and the login'),
  })
  .describe('the PostgreSQL server behind stepward');

const rungSchema = z.strictObject({
  name: z.string().min(1).describe('authenticator: totp'),
  methods: z.array(z.string().min(1)).min(1).describe("what it proves, in RFC 8176's names"),
  aal: z
    .union([z.literal(1), z.literal(2), z.literal(3)], { error: 'expected 1, 2 or 3' })
    .describe('NIST 800-63B level'),
});

const ladderSchema = z
  .array(rungSchema)
  .refine((rungs) => new Set(rungs.map((rung) => rung.name)).size === rungs.length, 'two rungs have the same name')
  .refine(
    (rungs) => rungs.every((rung, i) => rung.aal >= (rungs[i - 1]?.aal ?? 0)),
    'list the weakest rung (aal) first',
  )
  .describe('ways to prove more, weakest first; the first one with which the policies allow a statement is asked for')
  .default([{ name: 'totp', methods: ['pwd', 'otp', 'mfa'], aal: 2 }]);

const stepupSchema = z
  .strictObject({
    mode: z
      .enum(['hold', 'challenge'])
      .default('hold')
      .describe(
        'hold: wait in the connection; challenge: error at once with the link, to be run again after confirming',
      ),
    timeoutSeconds: positiveInt(86_400).default(120).describe('how long a statement is held'),
    heartbeatSeconds: positiveInt(3_600).default(30).describe('a NOTICE with the time left, so often'),
    grantMinutes: positiveInt(1_440).default(10).describe('how long one proof serves; policies can ask for less'),
    inTransaction: z
      .enum(['holdUnlessWritten', 'hold', 'refuse'])
      .default('holdUnlessWritten')
      .describe('inside a transaction, where a hold keeps upstream locks'),
    maxOpenPerPerson: positiveInt(1_000).default(10).describe('challenges that may wait at once'),
  })
  .describe('the out-of-band proof');

const webSchema = z
  .strictObject({
    listen: listenSchema(6433).prefault({}).describe('where the step-up page is served'),
    publicUrl: httpUrl()
      .optional()
      .describe('the URL that people see, where it differs; needed unless the page listens on a loopback address')
      .meta({ examples: ['https://stepward.example.com'] }),
  })
  .refine((web) => web.publicUrl !== undefined || isLoopback(web.listen.host), {
    path: ['publicUrl'],
    error: 'required where web.listen.host is not a loopback address: links and the Host check are made from it',
  })
  .describe('the step-up page');

const auditSchema = z
  .strictObject({
    durability: z
      .enum(['process', 'power'])
      .default('process')
      .describe('process: a row survives a kill of stepward; power: also a loss of power (waits for the disk)'),
    literals: z
      .enum(['keep', 'redact'])
      .default('keep')
      .describe('redact: strings and numbers of statements are not stored'),
  })
  .describe('the audit store: one SQLite file in dataDir');

const limitsSchema = z
  .strictObject({
    maxConnections: positiveInt(100_000).default(200).describe('clients at once'),
    maxStatementBytes: byteSize('1 MiB').describe('text of one statement'),
    maxFrameBytes: byteSize('64 MiB').describe('one protocol message of a client'),
    parseTimeoutMs: positiveInt(60_000).default(2_000).describe('analysis of one statement'),
    loginTimeoutSeconds: positiveInt(600).default(15).describe('from the connection to the end of the login'),
  })
  .describe('bounds');

export const configSchema = z
  .strictObject({
    listen: listenSchema(6432).prefault({}).describe('where clients connect'),
    tls: tlsSchema.optional(),
    upstream: upstreamSchema,
    people: path().default('./people.yaml').describe('file of accounts: names, groups, SCRAM verifiers, TOTP secrets'),
    policies: path().default('./policies').describe('folder of *.cedar files'),
    tags: z
      .record(tagName(), z.array(z.string().min(1)))
      .default({})
      .describe('names for classes of data: schema.table.column, schema.table, *.*.ssn, function schema.name')
      .meta({ examples: [{ pii: ['public.customers.ssn', '*.*.email'] }] }),
    ladder: ladderSchema,
    stepup: stepupSchema.prefault({}),
    web: webSchema.prefault({}),
    audit: auditSchema.prefault({}),
    dataDir: path().default('./stepward-data').describe('folder of the audit store, the grants and the control socket'),
    limits: limitsSchema.prefault({}),
    secondReader: z
      .enum(['refuse', 'record', 'off'])
      .default('refuse')
      .describe('where the second parser sees a table that the first did not'),
    catalog: z
      .strictObject({ refreshSeconds: positiveInt(86_400).default(5).describe('how often upstream is asked for DDL') })
      .prefault({})
      .describe('the snapshot of tables, views and functions'),
    timeZone: timeZone().default('UTC').describe("of the policies' clock, an IANA name"),
    log: z
      .strictObject({
        level: z
          .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
          .default('info')
          .describe('pino level'),
      })
      .prefault({})
      .describe('the log, JSON lines on standard error'),
  })
  .refine((config) => config.stepup.heartbeatSeconds <= config.stepup.timeoutSeconds, {
    path: ['stepup', 'heartbeatSeconds'],
    error: 'must not be longer than stepup.timeoutSeconds',
  })
  .refine(
    ({ listen, web }) => listen.port === 0 || listen.port !== web.listen.port || listen.host !== web.listen.host,
    {
      path: ['web', 'listen', 'port'],
      error: 'is the port of `listen` too',
    },
  );

type Parsed = z.output<typeof configSchema>;
type UpstreamTls = Parsed['upstream']['tls'] & { mode: 'disable' | 'require' | 'verify-full' };

/** Validated, defaults filled in, paths absolute, secrets substituted. */
export type Config = Omit<Parsed, 'upstream'> & {
  readonly upstream: Omit<Parsed['upstream'], 'tls'> & { readonly tls: UpstreamTls };
};

/** What a config file says once the schema has read it. */
export type ParsedConfig = Parsed;

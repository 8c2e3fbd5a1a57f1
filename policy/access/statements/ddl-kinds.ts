/** Where the right to change definitions is asked for. */
export type DdlPlace =
  /** The relations that are named outside of queries. */
  | { readonly kind: 'relations' }
  /** The schemas that the named relations, or the object in `name`, are created in. */
  | { readonly kind: 'schema'; readonly name?: string }
  /** What `name` names, of the ObjectType in the field `type`, or of that type. */
  | { readonly kind: 'object'; readonly name: string; readonly type: string }
  | { readonly kind: 'grant' }
  | { readonly kind: 'database' };

/**
 * Every statement kind of PostgreSQL 18's grammar that changes definitions and has no rule of its own.
 * `kind`: the command tag, or its first words where the field `of` has the ObjectType. `opaque`: it brings code, roles, or data
 * in or out that cannot be seen through.
 */
export type DdlKind = {
  readonly kind: string;
  readonly of?: string;
  readonly on: DdlPlace;
  readonly opaque?: true;
};

const RELATIONS: DdlPlace = { kind: 'relations' };
const SCHEMA: DdlPlace = { kind: 'schema' };
const DATABASE: DdlPlace = { kind: 'database' };
const created = (name: string): DdlPlace => ({ kind: 'schema', name });
const object = (name: string, type: string): DdlPlace => ({ kind: 'object', name, type });

export const DDL_KINDS: Readonly<Record<string, DdlKind>> = {
  // Relations
  AlterSeqStmt: { kind: 'ALTER SEQUENCE', on: RELATIONS },
  CreateSeqStmt: { kind: 'CREATE SEQUENCE', on: SCHEMA },
  AlterStatsStmt: { kind: 'ALTER STATISTICS', on: object('defnames', 'OBJECT_STATISTIC_EXT') },
  RenameStmt: { kind: 'ALTER', of: 'renameType', on: object('object', 'renameType') },
  AlterObjectSchemaStmt: { kind: 'ALTER', of: 'objectType', on: object('object', 'objectType') },
  AlterOwnerStmt: { kind: 'ALTER', of: 'objectType', on: object('object', 'objectType'), opaque: true },
  AlterObjectDependsStmt: { kind: 'ALTER', of: 'objectType', on: object('object', 'objectType') },
  CommentStmt: { kind: 'COMMENT', on: object('object', 'objtype') },
  AlterTableMoveAllStmt: { kind: 'ALTER', of: 'objtype', on: DATABASE },
  // Code that other statements then call
  CreateFunctionStmt: { kind: 'CREATE FUNCTION', on: created('funcname'), opaque: true },
  AlterFunctionStmt: { kind: 'ALTER', of: 'objtype', on: object('func', 'objtype'), opaque: true },
  CreateEventTrigStmt: { kind: 'CREATE EVENT TRIGGER', on: DATABASE, opaque: true },
  AlterEventTrigStmt: { kind: 'ALTER EVENT TRIGGER', on: DATABASE, opaque: true },
  CreateCastStmt: { kind: 'CREATE CAST', on: DATABASE, opaque: true },
  CreateConversionStmt: { kind: 'CREATE CONVERSION', on: created('conversion_name'), opaque: true },
  CreateTransformStmt: { kind: 'CREATE TRANSFORM', on: DATABASE, opaque: true },
  CreatePLangStmt: { kind: 'CREATE LANGUAGE', on: DATABASE, opaque: true },
  CreateAmStmt: { kind: 'CREATE ACCESS METHOD', on: DATABASE, opaque: true },
  CreateOpClassStmt: { kind: 'CREATE OPERATOR CLASS', on: created('opclassname'), opaque: true },
  CreateOpFamilyStmt: { kind: 'CREATE OPERATOR FAMILY', on: created('opfamilyname'), opaque: true },
  AlterOpFamilyStmt: { kind: 'ALTER OPERATOR FAMILY', on: object('opfamilyname', 'OBJECT_COLLATION'), opaque: true },
  AlterOperatorStmt: { kind: 'ALTER OPERATOR', on: object('opername', 'OBJECT_OPERATOR'), opaque: true },
  DefineStmt: { kind: 'CREATE', of: 'kind', on: created('defnames'), opaque: true },
  CreateExtensionStmt: { kind: 'CREATE EXTENSION', on: DATABASE, opaque: true },
  AlterExtensionStmt: { kind: 'ALTER EXTENSION', on: DATABASE, opaque: true },
  AlterExtensionContentsStmt: { kind: 'ALTER EXTENSION', on: DATABASE, opaque: true },
  LoadStmt: { kind: 'LOAD', on: DATABASE, opaque: true },
  // Types
  CompositeTypeStmt: { kind: 'CREATE TYPE', on: SCHEMA },
  CreateEnumStmt: { kind: 'CREATE TYPE', on: created('typeName') },
  AlterEnumStmt: { kind: 'ALTER TYPE', on: object('typeName', 'OBJECT_TYPE') },
  CreateRangeStmt: { kind: 'CREATE TYPE', on: created('typeName'), opaque: true },
  AlterTypeStmt: { kind: 'ALTER TYPE', on: object('typeName', 'OBJECT_TYPE'), opaque: true },
  AlterCollationStmt: { kind: 'ALTER COLLATION', on: object('collname', 'OBJECT_COLLATION') },
  AlterTSConfigurationStmt: {
    kind: 'ALTER TEXT SEARCH CONFIGURATION',
    on: object('cfgname', 'OBJECT_TSCONFIGURATION'),
  },
  AlterTSDictionaryStmt: {
    kind: 'ALTER TEXT SEARCH DICTIONARY',
    on: object('dictname', 'OBJECT_TSDICTIONARY'),
    opaque: true,
  },
  // Roles and rights
  GrantStmt: { kind: 'GRANT', on: { kind: 'grant' }, opaque: true },
  GrantRoleStmt: { kind: 'GRANT ROLE', on: DATABASE, opaque: true },
  CreateRoleStmt: { kind: 'CREATE ROLE', on: DATABASE, opaque: true },
  AlterRoleStmt: { kind: 'ALTER ROLE', on: DATABASE, opaque: true },
  AlterRoleSetStmt: { kind: 'ALTER ROLE', on: DATABASE, opaque: true },
  DropRoleStmt: { kind: 'DROP ROLE', on: DATABASE, opaque: true },
  DropOwnedStmt: { kind: 'DROP OWNED', on: DATABASE, opaque: true },
  ReassignOwnedStmt: { kind: 'REASSIGN OWNED', on: DATABASE, opaque: true },
  AlterDefaultPrivilegesStmt: { kind: 'ALTER DEFAULT PRIVILEGES', on: DATABASE, opaque: true },
  SecLabelStmt: { kind: 'SECURITY LABEL', on: object('object', 'objtype'), opaque: true },
  // Other servers
  CreateFdwStmt: { kind: 'CREATE FOREIGN DATA WRAPPER', on: DATABASE, opaque: true },
  AlterFdwStmt: { kind: 'ALTER FOREIGN DATA WRAPPER', on: DATABASE, opaque: true },
  CreateForeignServerStmt: { kind: 'CREATE SERVER', on: DATABASE, opaque: true },
  AlterForeignServerStmt: { kind: 'ALTER SERVER', on: DATABASE, opaque: true },
  CreateForeignTableStmt: { kind: 'CREATE FOREIGN TABLE', on: SCHEMA, opaque: true },
  ImportForeignSchemaStmt: { kind: 'IMPORT FOREIGN SCHEMA', on: DATABASE, opaque: true },
  CreateUserMappingStmt: { kind: 'CREATE USER MAPPING', on: DATABASE, opaque: true },
  AlterUserMappingStmt: { kind: 'ALTER USER MAPPING', on: DATABASE, opaque: true },
  DropUserMappingStmt: { kind: 'DROP USER MAPPING', on: DATABASE, opaque: true },
  CreatePublicationStmt: { kind: 'CREATE PUBLICATION', on: DATABASE, opaque: true },
  AlterPublicationStmt: { kind: 'ALTER PUBLICATION', on: DATABASE, opaque: true },
  CreateSubscriptionStmt: { kind: 'CREATE SUBSCRIPTION', on: DATABASE, opaque: true },
  AlterSubscriptionStmt: { kind: 'ALTER SUBSCRIPTION', on: DATABASE, opaque: true },
  DropSubscriptionStmt: { kind: 'DROP SUBSCRIPTION', on: DATABASE, opaque: true },
  // The server
  CreatedbStmt: { kind: 'CREATE DATABASE', on: DATABASE, opaque: true },
  DropdbStmt: { kind: 'DROP DATABASE', on: DATABASE, opaque: true },
  AlterDatabaseStmt: { kind: 'ALTER DATABASE', on: DATABASE, opaque: true },
  AlterDatabaseSetStmt: { kind: 'ALTER DATABASE', on: DATABASE, opaque: true },
  AlterDatabaseRefreshCollStmt: { kind: 'ALTER DATABASE', on: DATABASE, opaque: true },
  CreateTableSpaceStmt: { kind: 'CREATE TABLESPACE', on: DATABASE, opaque: true },
  AlterTableSpaceOptionsStmt: { kind: 'ALTER TABLESPACE', on: DATABASE, opaque: true },
  DropTableSpaceStmt: { kind: 'DROP TABLESPACE', on: DATABASE, opaque: true },
  AlterSystemStmt: { kind: 'ALTER SYSTEM', on: DATABASE, opaque: true },
};

/** DROP of these takes code or rights away that others rely on. */
export const OPAQUE_DROPS: ReadonlySet<string> = new Set([
  'OBJECT_ACCESS_METHOD',
  'OBJECT_AGGREGATE',
  'OBJECT_CAST',
  'OBJECT_CONVERSION',
  'OBJECT_EVENT_TRIGGER',
  'OBJECT_EXTENSION',
  'OBJECT_FDW',
  'OBJECT_FOREIGN_SERVER',
  'OBJECT_FUNCTION',
  'OBJECT_LANGUAGE',
  'OBJECT_OPCLASS',
  'OBJECT_OPERATOR',
  'OBJECT_OPFAMILY',
  'OBJECT_POLICY',
  'OBJECT_PROCEDURE',
  'OBJECT_PUBLICATION',
  'OBJECT_ROUTINE',
  'OBJECT_RULE',
  'OBJECT_TRANSFORM',
  'OBJECT_TRIGGER',
]);

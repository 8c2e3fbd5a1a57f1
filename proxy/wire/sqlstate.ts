/** SQLSTATEs that stepward itself sends. @see PostgreSQL manual, appendix A, "PostgreSQL Error Codes" */
export const SQLSTATE = {
  connectionFailure: '08006',
  protocolViolation: '08P01',
  featureNotSupported: '0A000',
  characterNotInRepertoire: '22021',
  invalidAuthorization: '28000',
  invalidPassword: '28P01',
  inFailedTransaction: '25P02',
  invalidStatementName: '26000',
  invalidCursorName: '34000',
  invalidCatalogName: '3D000',
  insufficientPrivilege: '42501',
  syntaxError: '42601',
  tooManyConnections: '53300',
  limitExceeded: '54000',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  cannotConnectNow: '57P03',
  ioError: '58030',
  internalError: 'XX000',
} as const;
export type Sqlstate = (typeof SQLSTATE)[keyof typeof SQLSTATE];

/**
 * Why an audit store could not be opened, in words for the administrator:
 * `locked` another stepward writes it · `newer` written by a newer version · `foreign` not an audit store ·
 * `missing` no such file (readers only) · `io` the file system says no.
 */
export class AuditOpenError extends Error {
  readonly reason: 'locked' | 'newer' | 'foreign' | 'missing' | 'io';

  constructor(reason: AuditOpenError['reason'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AuditOpenError';
    this.reason = reason;
  }
}

/**
 * The peer's address as policies and people write it: an IPv4 client of a dual-stack socket is `192.0.2.1`, not
 * `::ffff:192.0.2.1`, and a link-local address is without its interface.
 */
export function clientAddress(remoteAddress: string | undefined): string {
  const address = (remoteAddress ?? '').replace(/%.*$/, '');
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

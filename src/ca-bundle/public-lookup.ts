// Host names to public addresses: what an API reports must not lead the exporter to a machine of the network it runs in.
import { BlockList, isIP } from 'node:net';
import type { Lookup } from '../http/lookup.ts';
import { Failure } from '../model/failure.ts';

/** Not globally reachable: IANA IPv4 Special-Purpose Address Registry, and multicast. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** The parts of the global unicast addresses (2000::/3) that are not reachable, or contain an IPv4 address. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const notPublic = new BlockList();
const globalUnicast = new BlockList();
for (const net of special4) add(notPublic, net, 'ipv4');
for (const net of special6) add(notPublic, net, 'ipv6');
add(globalUnicast, '2000::/3', 'ipv6');

function add(list: BlockList, net: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', bits] = net.split('/');
  list.addSubnet(address, Number(bits), family);
}

/** Whether an IP address is one of the public Internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !notPublic.check(address, 'ipv4');
  return globalUnicast.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}

/**
 * A look-up that returns only public addresses of a name; connections are made to these, so that another answer of DNS
 * changes nothing. An address, and `localhost`, stay as they are: they were allowed literally.
 */
export function createPublicLookup(lookup: Lookup): Lookup {
  return async (host) => {
    const addresses = await lookup(host);
    const allowed = isIP(host) !== 0 || host === 'localhost' ? addresses : addresses.filter(isPublicAddress);
    if (allowed.length > 0) return allowed;
    const help = 'set ca_bundle.allow_private if CA certificates may be downloaded from there';
    throw new Failure('bad_response', `the name ${host} has no public address; ${help}`);
  };
}

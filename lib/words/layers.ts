import type { Layer } from '@permission-check/iam-policy';

/** A layer of policies in words. */
interface LayerWords {
  /** Beside others of a table: `SCP`. */
  readonly short: string;
  /** `service control policy` */
  readonly name: string;
  /** Of a principal that has one such policy at most: `the permissions boundary`. */
  readonly single?: true;
}

const words: Readonly<Record<Layer, LayerWords>> = {
  identity: { short: 'identity', name: 'identity-based policy' },
  boundary: { short: 'boundary', name: 'permissions boundary', single: true },
  scp: { short: 'SCP', name: 'service control policy' },
  rcp: { short: 'RCP', name: 'resource control policy' },
  session: { short: 'session', name: 'session policy' },
  resource: { short: 'resource', name: 'resource-based policy' },
  endpoint: { short: 'endpoint', name: 'VPC endpoint policy' },
};

/** `SCP`, `boundary`: for a table of layers. */
export const layerLabel = (layer: Layer): string => words[layer].short;

/** `service control policy` */
export const layerName = (layer: Layer): string => words[layer].name;

/** `a service control policy`, `the permissions boundary`. */
export function aLayer(layer: Layer): string {
  const { name, single } = words[layer];
  return `${single ? 'the' : /^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
}

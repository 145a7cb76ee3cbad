import type { PolicySource } from '@permission-check/iam-policy';
import { parsePolicy } from '@permission-check/iam-policy';

/** Many principals have the same policy object. */
const known = new WeakMap<PolicySource, readonly string[]>();

/**
 * What else than Rekognition a policy grants: the services of its Allow statements, `everything` for `*` and
 * NotAction. Whoever removes the whole policy takes that away, too.
 */
export function grantsElsewhere(policy: PolicySource): readonly string[] {
  const before = known.get(policy);
  if (before !== undefined) return before;
  const services = servicesElsewhere(policy);
  known.set(policy, services);
  return services;
}

function servicesElsewhere(policy: PolicySource): string[] {
  const patterns = statementsOf(policy)
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ notAction, actions }) => (notAction ? ['*'] : actions));
  const services = new Set(patterns.map(serviceOf).filter((service) => service !== 'rekognition'));
  if (services.has('*')) return ['everything else'];
  return [...services].map((service) => `${service}:…`).sort();
}

/** `s3` of `s3:GetObject`; `*` of a pattern that names none. */
function serviceOf(pattern: string): string {
  const colon = pattern.indexOf(':');
  return colon === -1 ? '*' : pattern.slice(0, colon).toLowerCase();
}

/** A policy that cannot be parsed decided nothing, so no remedy is about it. */
function statementsOf(policy: PolicySource) {
  try {
    return parsePolicy(policy.text).statements;
  } catch {
    return [];
  }
}

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
  const services = new Set<string>();
  for (const statement of statementsOf(policy)) {
    if (statement.effect !== 'Allow') continue;
    for (const pattern of statement.notAction ? ['*'] : statement.actions) {
      const service = pattern.includes(':') ? pattern.slice(0, pattern.indexOf(':')).toLowerCase() : '*';
      if (service !== 'rekognition') services.add(service === '*' ? 'everything else' : `${service}:…`);
    }
  }
  return services.has('everything else') ? ['everything else'] : [...services].sort();
}

/** A policy that cannot be parsed decided nothing, so no remedy is about it. */
function statementsOf(policy: PolicySource) {
  try {
    return parsePolicy(policy.text).statements;
  } catch {
    return [];
  }
}

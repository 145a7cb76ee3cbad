import type { PolicySource } from '@permission-check/iam-policy';
import { PolicyError, readPolicy } from '@permission-check/iam-policy';

/** Many principals have the same policy object. */
const known = new WeakMap<PolicySource, readonly string[]>();

/**
 * What else than Rekognition a policy grants, or may grant: the services of its Allow statements, `everything` for `*` and
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
  const services = new Set(
    patternsAllowed(policy)
      .map(serviceOf)
      .filter((one) => one !== 'rekognition'),
  );
  if (services.has('*')) return ['everything else'];
  return [...services].map((service) => `${service}:…`).sort();
}

/** What Allow statements are about, and those that cannot be read may be. */
function patternsAllowed({ text }: PolicySource): readonly string[] {
  try {
    const { statements, unreadable } = readPolicy(text);
    return [...statements, ...unreadable]
      .filter(({ effect }) => effect !== 'Deny')
      .flatMap(({ notAction, actions }) => (notAction ? ['*'] : actions));
  } catch (error) {
    // What cannot be read at all decided nothing, so no remedy is about it.
    if (error instanceof PolicyError) return [];
    throw error;
  }
}

/** `s3` of `s3:GetObject`; `*` of a pattern that names none. */
function serviceOf(pattern: string): string {
  const colon = pattern.indexOf(':');
  return colon === -1 ? '*' : pattern.slice(0, colon).toLowerCase();
}

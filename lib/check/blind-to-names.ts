import { type PolicySource, readPolicy } from '@permission-check/iam-policy';

/**
 * Whether a policy treats all resources of Rekognition alike but for those that it names in full: none of its patterns
 * tells a part of a name. False where that is not plain.
 */
export function isBlindToNames(policy: PolicySource): boolean {
  const { statements, unreadable } = readPolicy(policy.text);
  return unreadable.length === 0 && statements.every(({ resources = [] }) => resources.every(isBlindPattern));
}

function isBlindPattern(pattern: string): boolean {
  if (/^\*+$/.test(pattern)) return true;
  const parts = pattern.split(':');
  const wild = /[*?$]/;
  // Of another service, certainly.
  if (parts.length >= 3 && parts[2] !== 'rekognition' && !wild.test(parts.slice(0, 3).join(''))) return true;
  if (parts[0] !== 'arn' || parts[2] !== 'rekognition' || parts.length !== 6 || pattern.includes('${'))
    return false;
  // Wild cards before the resource could reach into a name.
  if (parts.slice(0, 5).some((part) => wild.test(part) && part !== '*')) return false;
  return /^(\*|[a-z]+\/(\*|zq-name-\d\d-qz)(\/[A-Za-z0-9_./*-]*)?)$/.test(parts[5] ?? '');
}

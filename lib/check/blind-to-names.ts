import { PolicyError, type PolicySource, readPolicy } from '@permission-check/iam-policy';

/**
 * Whether a policy treats all resources of Rekognition alike, whatever their names, but for the one that has the
 * placeholder as its name. False where that is not plain.
 */
export function isBlindToNames(policy: PolicySource, placeholder?: string): boolean {
  try {
    const { statements, unreadable } = readPolicy(policy.text);
    const patterns = statements.flatMap(({ resources = [] }) => resources);
    return unreadable.length === 0 && patterns.every((one) => isBlindPattern(one, placeholder));
  } catch (error) {
    if (error instanceof PolicyError) return false;
    throw error;
  }
}

function isBlindPattern(pattern: string, placeholder: string | undefined): boolean {
  if (/^\*+$/.test(pattern)) return true;
  const parts = pattern.split(':');
  const wild = /[*?$]/;
  // Of another service, certainly.
  if (parts.length >= 3 && parts[2] !== 'rekognition' && !wild.test(parts.slice(0, 3).join(''))) return true;
  if (parts[0] !== 'arn' || parts[2] !== 'rekognition' || parts.length !== 6 || pattern.includes('${'))
    return false;
  // Wild cards before the resource could reach into a name.
  if (parts.slice(0, 5).some((part) => wild.test(part) && part !== '*')) return false;
  const [type = '', name] = (parts[5] ?? '').split('/');
  return parts[5] === '*' || (/^[a-z]+$/.test(type) && (name === '*' || name === placeholder));
}

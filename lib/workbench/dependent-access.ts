import { accessOf, PolicyCompiler, PolicyError, type TextPattern } from '@permission-check/iam-policy';
import { principalContext } from '#lib/account/principal-context.ts';
import type { Guardrails, Principal } from '#lib/account/types.ts';
import type { Dependency } from '#lib/catalog/dependent-permissions.ts';
import type { CatalogAction } from '#lib/catalog/types.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';

const anyText: TextPattern = [{ chars: { not: '' }, repeat: true }];

/**
 * The permissions beside an action's own that a principal has on no resource at all, and that some calls of the
 * operation take: S3's for an image in a bucket.
 */
export function lackingBeside(
  principal: Principal,
  { dependentPermissions }: CatalogAction,
  guardrails?: Guardrails,
): readonly Dependency[] {
  if (principal.unreadable.length > 0) return [];
  const ofCaller = dependentPermissions.filter(({ of }) => of === undefined);
  const actions = new Set(ofCaller.map(({ action }) => action));
  const lacks = new Set([...actions].filter((action) => hasNowhere(principal, action, guardrails)));
  // Whoever cannot read an object has no use for its versions, or the key that it is encrypted with.
  const isBeyond = ({ action, when }: Dependency) =>
    lacks.has('s3:GetObject') && (action === 's3:GetObjectVersion' || /encrypted/.test(when));
  return ofCaller.filter((one) => lacks.has(one.action) && !isBeyond(one));
}

function hasNowhere(principal: Principal, action: string, guardrails: Guardrails | undefined): boolean {
  const [service = ''] = action.split(':');
  try {
    const set = new PolicyCompiler([action], { unreadable: 'keep' }).compileSet(
      observedPolicies(principal, guardrails, service),
    );
    const known = {
      ...principalContext(principal),
      ...(action === 'iam:PassRole' && { 'iam:PassedToService': 'rekognition.amazonaws.com' }),
    };
    const resource = [{ pattern: anyText, hints: [] }];
    return accessOf(set.possible, action, { resource, known, isKnown: () => false }) === 'none';
  } catch (error) {
    if (error instanceof PolicyError) return false;
    throw error;
  }
}

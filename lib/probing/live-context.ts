import type { RequestContext } from '@permission-check/iam-policy';

/**
 * The context keys that a live probe carries, for asking other sources the same request. A role's session made by the
 * checker has no MFA. Give `sourceIp` where the checker's public address is known; through a VPC endpoint there is
 * none.
 */
export function probeContext(
  action: string,
  call: { readonly region: string; readonly time: Date; readonly sourceIp?: string },
): RequestContext {
  return {
    'aws:CurrentTime': call.time.toISOString(),
    'aws:EpochTime': String(Math.floor(call.time.getTime() / 1000)),
    'aws:MultiFactorAuthPresent': 'false',
    'aws:PrincipalIsAWSService': 'false',
    'aws:RequestedRegion': call.region,
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    ...(call.sourceIp !== undefined && { 'aws:SourceIp': call.sourceIp }),
    ...(action === 'rekognition:TagResource' && {
      'aws:RequestTag/permission-check': 'none',
      'aws:TagKeys': ['permission-check'],
    }),
    ...(action === 'rekognition:UntagResource' && { 'aws:TagKeys': ['permission-check-none'] }),
  };
}

/**
 * Keys that no live probe carries. What it names does not exist and has no tags, and it sends none; it is made in a
 * role's session without MFA, session tags or a source identity, by nobody on anybody's behalf.
 */
const ABSENT =
  /^aws:(resourcetag\/.*|requesttag\/.*|tagkeys|principaltag\/.*|multifactorauthage|username|federatedprovider|sourceidentity|sourcearn|sourceaccount|calledvia|calledviafirst|calledvialast|referer|principalservicename|principalservicenameslist)$/i;

/** Whether a live probe truly lacks the key. Any other key that a simulation misses may have been in the live call. */
export const isAbsentLive = (key: string): boolean => ABSENT.test(key);

/**
 * Of the condition keys that bear on an action, those of which nobody can say what the live call carried: not among
 * those of `probeContext` or of the principal, and not surely absent.
 */
export function unknownKeys(keys: Iterable<string>, context: RequestContext): string[] {
  const known = new Set(Object.keys(context).map((key) => key.toLowerCase()));
  return [...keys].filter((key) => !known.has(key.toLowerCase()) && !isAbsentLive(key)).sort();
}

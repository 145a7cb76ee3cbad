import type { RequestContext } from '#lib/policy/types.ts';

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
 * Whether a live probe truly lacks the key: what it names does not exist and has no tags, and it sends none. Any
 * other key that a simulation misses may have been in the live call.
 */
export const isAbsentLive = (key: string): boolean => /^aws:(resourcetag\/|requesttag\/|tagkeys$)/i.test(key);

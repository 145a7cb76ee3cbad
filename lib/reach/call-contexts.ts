/** What calls to IAM say beside their resource. */
import type { RequestContext } from '@permission-check/iam-policy';
import type { Tags } from './own-tags.ts';

/** What a call says of the tags that it puts on something. */
export function taggingWith(tags: Tags): RequestContext {
  const entries = Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  return { ...Object.fromEntries(entries), 'aws:TagKeys': Object.keys(tags) };
}

/** What a call says of a managed policy: which one it attaches or detaches. */
export function policyIn(action: string, arn: string | undefined): RequestContext {
  return /^iam:(?:At|De)tach/.test(action) && arn !== undefined ? { 'iam:PolicyARN': arn } : {};
}

/** Whoever attaches a policy says which; those of AWS's are always there, and with these everything is. */
export function contextsOf(action: string, known: RequestContext): readonly RequestContext[] {
  if (!/^iam:Attach/.test(action) || 'iam:PolicyARN' in known) return [known];
  return grantingPolicies.map((arn) => ({ ...known, 'iam:PolicyARN': arn }));
}

const grantingPolicies = [
  'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
  'arn:aws:iam::aws:policy/AdministratorAccess',
];

/** Where any resource will do: one with a name that nobody has. */
export function ofItsOwnMaking(action: string, context: RequestContext): string {
  const type = /User|LoginProfile|AccessKey/.test(action) ? 'user' : 'role';
  return String(context['aws:PrincipalArn']).replace(/[^:]*$/, `${type}/of-its-own-making`);
}

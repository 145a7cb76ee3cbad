import { InputError } from '#lib/errors.ts';

/** What a person wrote to name one user or role: enough for GetUser or GetRole, which look up by name. */
export interface PrincipalReference {
  readonly kind: 'user' | 'role';
  readonly name: string;
  /** Known only when an ARN was given. */
  readonly accountId?: string;
}

const FORMS =
  'write role/NAME, user/NAME, an IAM ARN (arn:aws:iam::123456789012:role/team/NAME) or an assumed-role ARN';

/**
 * Reads `role/name`, `user/name`, `role/path/name`, an IAM ARN, or the ARN of an assumed-role session, which stands
 * for its role (the session's ARN has no path, and IAM looks a principal up by its name alone).
 *
 * @throws InputError when the text names neither a user nor a role.
 */
export function parsePrincipalReference(text: string): PrincipalReference {
  const arn = /^arn:[^:]+:(iam|sts)::(\d{12}):(.+)$/.exec(text);
  const [, service, accountId, resource = text] = arn ?? [];
  if (arn === null && text.startsWith('arn:')) {
    throw new InputError(`"${text}" is not the ARN of an IAM user or role: ${FORMS}`);
  }
  const [type, ...rest] = resource.split('/');
  const name = service === 'sts' ? rest[0] : rest.at(-1);
  const kind = service === 'sts' ? (type === 'assumed-role' ? 'role' : undefined) : userOrRole(type);
  if (kind === undefined || !name || (service === 'sts' && rest.length !== 2)) {
    throw new InputError(`"${text}" does not name an IAM user or role: ${FORMS}`);
  }
  return { kind, name, ...(accountId === undefined ? {} : { accountId }) };
}

/** The account id and partition in an IAM ARN; AWS's own policies have the account `aws`. */
export function arnParts(arn: string): { readonly partition: string; readonly accountId: string } {
  const [, partition = '', , , accountId = ''] = arn.split(':', 5);
  return { partition, accountId };
}

function userOrRole(type: string | undefined): 'user' | 'role' | undefined {
  return type === 'user' || type === 'role' ? type : undefined;
}

import type { ConditionTest, PolicyDocument, Statement } from './types.ts';

/**
 * Statements of a VPC endpoint policy as a level that must allow, like an SCP's. One that stands in no document allows
 * whatever does not come through the endpoint, so the Allows that do need not say that they are about the rest; Denys
 * do. Each says as a condition whom its Principal means.
 *
 * Who is meant is taken as in a resource-based policy. NotPrincipal is not read: an Allow with it allows everybody, a
 * Deny with it denies nothing.
 *
 * Sources: Amazon VPC User Guide (AWS PrivateLink), "Control access to VPC endpoints using endpoint policies"; IAM User
 * Guide, "AWS global condition context keys" (aws:SourceVpce is there only in requests through an endpoint).
 *
 * @param id `vpce-0123456789abcdef0`
 */
export function endpointLevel(id: string, { statements }: PolicyDocument): EndpointLevel {
  return {
    elsewhere: {
      ...everything,
      conditions: [{ ...equals(VPCE, [id]), operator: 'StringNotEquals' }],
    },
    statements: statements.flatMap((statement) => {
      const { principals: _, notPrincipal: __, conditions, ...rest } = statement;
      const about = statement.effect === 'Deny' ? [equals(VPCE, [id])] : [];
      return meantBy(statement).map((who) => ({ ...rest, conditions: [...about, ...who, ...conditions] }));
    }),
  };
}

/** What a VPC endpoint policy says, in parts. */
export interface EndpointLevel {
  /** Allows what does not come through the endpoint; it stands in no document, its number is 0. */
  readonly elsewhere: Statement;
  readonly statements: readonly Statement[];
}

/** Whether a policy lets everything through, as AWS's default for an endpoint does. */
export function letsEverythingThrough({ statements }: PolicyDocument): boolean {
  return (
    statements.every(({ effect }) => effect === 'Allow') &&
    statements.some(
      (one) =>
        one.conditions.length === 0 &&
        !one.notAction &&
        !one.notResource &&
        one.actions.includes('*') &&
        (one.resources ?? []).includes('*') &&
        meantBy(one).some((who) => who.length === 0),
    )
  );
}

const VPCE = 'aws:SourceVpce';

const everything: Omit<Statement, 'conditions'> = {
  index: 0,
  effect: 'Allow',
  actions: ['*'],
  notAction: false,
  resources: ['*'],
  notResource: false,
  start: { line: 1, column: 1 },
  end: { line: 1, column: 1 },
};

/** Whom a statement means, as conditions that must all hold, in one way or another. */
function meantBy({ principals, notPrincipal, effect }: Statement): readonly (readonly ConditionTest[])[] {
  const everybody = [[]];
  if (principals === undefined) return everybody;
  if (notPrincipal) return effect === 'Allow' ? everybody : [];
  const values = [...(principals['*'] ?? []), ...(principals.AWS ?? [])];
  if (values.includes('*')) return everybody;
  const accounts = values.flatMap((value) => accountIn(value) ?? []);
  const arns = values
    .filter((value) => value.startsWith('arn:') && accountIn(value) === undefined && !SESSION.test(value))
    // Who is named as a user is so in the session that he federates, too.
    .flatMap((value) => [
      value,
      value.replace(/^(arn:[^:]+):iam::(\d+):user\//, '$1:sts::$2:federated-user/'),
    ]);
  return [
    ...(accounts.length === 0 ? [] : [[equals('aws:PrincipalAccount', accounts)]]),
    ...(arns.length === 0 ? [] : [[equals('aws:PrincipalArn', [...new Set(arns)])]]),
    ...values.flatMap(sessionIn),
  ];
}

const accountIn = (value: string): string | undefined =>
  /^(?:arn:[^:]+:iam::)?(\d{12})(?::root)?$/.exec(value)?.[1];

const SESSION = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/([^/]+)$/;

/** A session of a role, whose ARN is without the role's path. */
function sessionIn(value: string): readonly (readonly ConditionTest[])[] {
  const [matches, partition, account, role, session] = SESSION.exec(value) ?? [];
  if (matches === undefined) return [];
  const arns = ['', '*/'].map((path) => `arn:${partition}:iam::${account}:role/${path}${role}`);
  return [[like('aws:PrincipalArn', arns), like('aws:userid', [`*:${session}`])]];
}

const equals = (key: string, values: readonly string[]): ConditionTest => ({
  operator: 'StringEquals',
  ifExists: false,
  key,
  values,
});

const like = (key: string, values: readonly string[]): ConditionTest => ({
  ...equals(key, values),
  operator: 'StringLike',
});

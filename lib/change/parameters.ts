import * as z from 'zod/mini';

/** CloudTrail writes null for what is not there. */
const absent = <Value>(schema: z.ZodMiniType<Value>) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value): Value | undefined => value ?? undefined),
  );
const text = absent(z.string());

/** Of requestParameters, what names somebody or makes the sentence. All of it may be written by an attacker. */
const requestSchema = z.object({
  userName: text,
  roleName: text,
  groupName: text,
  policyArn: text,
  policyName: text,
  policyDocument: text,
  assumeRolePolicyDocument: text,
  versionId: text,
  permissionsBoundary: text,
  newUserName: text,
  newGroupName: text,
  instanceProfileName: text,
  setAsDefault: absent(z.boolean()),
  tags: absent(z.array(z.object({ key: text, value: text }))),
  tagKeys: absent(z.array(z.string())),
  projectArn: text,
  identityPoolId: text,
  /** Of an identity pool: `authenticated` and `unauthenticated`, each a role's ARN. */
  roles: absent(z.record(z.string(), z.string())),
  /** Of an identity pool, by provider: the roles that the claims of a token lead to. */
  roleMappings: z.optional(z.unknown()),
});

const named = (field: string) => z.nullish(z.object({ [field]: text }));

/** Of responseElements, what names somebody whom the request need not name, and which version is the default. */
const responseSchema = z.object({
  roleName: text,
  role: named('roleName'),
  user: named('userName'),
  accessKey: named('userName'),
  loginProfile: named('userName'),
  policy: named('arn'),
  policyVersion: z.nullish(z.object({ isDefaultVersion: absent(z.boolean()) })),
});

type Request = z.output<typeof requestSchema>;

/** What a row of the table of events may use. */
export interface ChangeParameters extends Partial<Request> {
  /** Whether a new version of a policy is its default; absent where neither the request nor the answer says. */
  readonly isDefaultVersion?: boolean | undefined;
}

/**
 * What an event says of whom it affects, from its request and from its answer. Fields over 100 KB are left out of an
 * event (`omitted`), and what cannot be read is as absent as that.
 * Source: CloudTrail record contents, requestParameters and responseElements.
 */
export function readParameters(requestParameters: unknown, responseElements: unknown): ChangeParameters {
  const parsed = z.safeParse(requestSchema, requestParameters);
  const answered = z.safeParse(responseSchema, responseElements);
  const request: Partial<Request> = parsed.success ? parsed.data : {};
  if (!answered.success) return { ...request, isDefaultVersion: request.setAsDefault };
  const { role, roleName, user, accessKey, loginProfile, policy, policyVersion } = answered.data;
  return {
    ...request,
    // AcquireRole and CreateServiceLinkedRole name the role only in their answer; CreateAccessKey may leave the caller out.
    roleName: request.roleName ?? role?.roleName ?? roleName,
    userName: request.userName ?? user?.userName ?? accessKey?.userName ?? loginProfile?.userName,
    policyArn: request.policyArn ?? policy?.arn,
    isDefaultVersion: policyVersion?.isDefaultVersion ?? request.setAsDefault,
  };
}

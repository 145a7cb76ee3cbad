/**
 * What the catalogue's data files hold. They are part of the code: the tests hold them against these schemas, so that
 * no function does so at each start.
 */
import * as z from 'zod/mini';

const typeName = z.enum(['collection', 'dataset', 'project', 'projectversion', 'streamprocessor']);
const accessLevel = z.enum(['List', 'Read', 'Write', 'Tagging', 'Permissions management']);

/** facts.json */
export const factsSchema = z.strictObject({
  actions: z.array(
    z.strictObject({
      name: z.string(),
      accessLevels: z.array(accessLevel),
      /** Absent: none, as with the keys. */
      resourceTypes: z.exactOptional(z.array(z.strictObject({ name: typeName, required: z.boolean() }))),
      conditionKeys: z.exactOptional(z.array(z.string())),
    }),
  ),
  resourceTypes: z.array(
    z.strictObject({ name: typeName, arn: z.string(), conditionKeys: z.array(z.string()) }),
  ),
  globalConditionKeys: z.array(z.string()),
  otherServices: z.record(z.string(), z.array(accessLevel)),
  rcpServices: z.array(z.string()),
});

export type Facts = z.infer<typeof factsSchema>;

const published = z.strictObject({
  Version: z.string(),
  Statement: z.array(
    z.strictObject({
      Sid: z.exactOptional(z.string()),
      Effect: z.string(),
      Action: z.array(z.string()),
      Resource: z.union([z.string(), z.array(z.string())]),
    }),
  ),
});

/** managed-policies.json */
export const managedPoliciesSchema = z.record(
  z.string(),
  z.strictObject({
    arn: z.string(),
    defaultVersionId: z.string(),
    versions: z.array(z.strictObject({ versionId: z.string(), createDate: z.string(), document: published })),
  }),
);

/** other-policies.json */
export const otherPoliciesSchema = z.array(
  z.strictObject({
    arn: z.string(),
    defaultVersionId: z.string(),
    texts: z.array(
      z.strictObject({
        versionIds: z.array(z.string()),
        statements: z.array(z.looseObject({ Effect: z.string(), Resource: z.unknown() })),
      }),
    ),
  }),
);

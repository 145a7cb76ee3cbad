import type { RequestContext } from '@permission-check/iam-policy';
import { z } from 'zod';
import { type Input, listOf, memberOf, textOf, textsByKey } from './input.ts';

/** What IAM is asked before a call goes through: one permission on one resource. */
export interface Judged {
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
}

export interface JudgedIn {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly now: Date;
}

/** Members that hold the ARN that a call is judged on. */
const ARN_MEMBERS = [
  'ProjectArn',
  'ProjectVersionArn',
  'DatasetArn',
  'ResourceArn',
  'SourceProjectArn',
  'SourceProjectVersionArn',
];

const datasets = z.array(z.object({ Arn: z.string() }));

/**
 * Every permission that an operation needs with that input, the one of its own name first.
 *
 * CreateCollection and CreateProject have no resource type in the Service Authorization Reference; AWS judges them on
 * the ARN of what they would create. CreateStreamProcessor is judged on the collection that it searches, and on the
 * processor itself, as older guides say, where it searches none.
 */
export function judgedOn(operation: string, input: Input, where: JudgedIn): Judged[] {
  const own = `rekognition:${operation}`;
  const resources = resourcesOf(operation, input, where);
  const tagged = Object.keys(textsByKey(input, 'Tags')).length > 0 && operation !== 'TagResource';
  const passed = textOf(input, 'RoleArn') ?? textOf(input, 'NotificationChannel.RoleArn');
  return [
    ...resources.map((resource) => ({ action: own, resource })),
    ...(tagged ? resources.map((resource) => ({ action: 'rekognition:TagResource', resource })) : []),
    ...(operation === 'CopyProjectVersion'
      ? [
          {
            action: 'rekognition:CreateProjectVersion',
            resource: textOf(input, 'DestinationProjectArn') ?? '*',
          },
        ]
      : []),
    ...(passed === undefined ? [] : [{ action: 'iam:PassRole', resource: passed }]),
  ];
}

function resourcesOf(operation: string, input: Input, where: JudgedIn): string[] {
  const arn = (resource: string) =>
    `arn:${where.partition}:rekognition:${where.region}:${where.accountId}:${resource}`;
  const collection = textOf(input, 'CollectionId') ?? textOf(input, 'Settings.FaceSearch.CollectionId');
  if (collection !== undefined) return [arn(`collection/${collection}`)];
  const name = textOf(input, 'Name');
  if (operation.endsWith('StreamProcessor') && name !== undefined) return [arn(`streamprocessor/${name}`)];
  if (operation === 'CreateProject') {
    return [arn(`project/${textOf(input, 'ProjectName') ?? ''}/${where.now.getTime()}`)];
  }
  const version =
    textOf(input, 'ProjectVersion') ??
    textOf(input, 'OperationsConfig.DetectModerationLabels.ProjectVersion');
  if (version !== undefined) return [version];
  const listed = datasets.safeParse(memberOf(input, 'Datasets'));
  if (listed.success) return listed.data.map((dataset) => dataset.Arn);
  const named = ARN_MEMBERS.flatMap((member) => textOf(input, member) ?? []);
  return named.length > 0 ? named : ['*'];
}

/** The context keys that come of tags: those of the request and those of the resource. */
export function tagContext(input: Input, borne: ReadonlyMap<string, string> | undefined): RequestContext {
  const asked = textsByKey(input, 'Tags');
  const keys = [...Object.keys(asked), ...listOf(input, 'TagKeys')];
  return {
    ...Object.fromEntries(Object.entries(asked).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(keys.length > 0 && { 'aws:TagKeys': keys }),
    ...Object.fromEntries([...(borne ?? [])].map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
  };
}

import { InputError } from '#lib/errors.ts';
import { actions, isJudgedOnNone } from './actions.ts';
import { nearest } from './did-you-mean.ts';
import { anyArnOf } from './resource-arn.ts';
import type { CatalogAction } from './types.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface PolicyJson {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** What calling some operations takes. */
export interface OperationNeeds {
  /** Of whoever calls. */
  readonly caller: PolicyJson;
  /** Of the role that is passed, where one is: its permissions, and who must be able to assume it. */
  readonly passedRole?: { readonly permissions: PolicyJson; readonly trust: object };
  /** When a permission is needed, by its action; what is always needed is left out. */
  readonly when: readonly { readonly action: string; readonly when: string }[];
}

/**
 * The operation that a name means: `DetectFaces`, `rekognition:DetectFaces`, `DetectFacesCommand`, `detect-faces`,
 * `rekognition.detect_faces`, `DetectFacesAsync`, `RekognitionService.DetectFaces`.
 *
 * @throws InputError for a name that means none
 */
export function operationNamed(name: string): CatalogAction {
  const bare = name
    .trim()
    .replace(/^(aws\s+)?rekognition(service|client)?[:.\s]/i, '')
    .replaceAll(/[-_]/g, '')
    .toLowerCase();
  const plain = bare.replace(/(command)?(input|output)?$|(async|request|response|result)$/, '');
  for (const one of [bare, plain]) {
    const found = actions.find((action) => action.name.toLowerCase() === one);
    if (found !== undefined) return found;
  }
  const near = nearest(
    bare,
    actions.map((action) => action.name),
  );
  throw new InputError(
    `Rekognition has no operation "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

/** The least policy for calling operations, with what they take in other services. */
export function needsOf(operations: readonly CatalogAction[]): OperationNeeds {
  const own = operations.map(ownStatement);
  const beside = operations.flatMap(({ dependentPermissions }) => dependentPermissions);
  const callers = beside.filter(({ of }) => of === undefined);
  const passed = beside.filter(({ of }) => of === 'passed-role');
  const elsewhere = beside.filter(({ of }) => of === 'source-project');
  const passes = callers.some(({ action }) => action === 'iam:PassRole');
  const when = [...callers, ...passed, ...elsewhere].filter((one) => !/^always/.test(one.when));
  return {
    caller: policy([...mergedOwn(own), ...besides(callers)]),
    ...(passes && { passedRole: { permissions: policy(besides(passed)), trust: rekognitionTrust } }),
    when: [...new Map(when.map((one) => [`${one.action} ${one.when}`, one])).values()].map((one) => ({
      action: one.action,
      when: one.when,
    })),
  };
}

const rekognitionTrust = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'rekognition.amazonaws.com' },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
    },
  ],
};

const policy = (Statement: readonly Statement[]): PolicyJson => ({ Version: '2012-10-17', Statement });

/** ARNs of any resource of the types that the action is judged on; `*` where some calls are judged on none. */
function ownStatement(entry: CatalogAction): {
  readonly action: string;
  readonly resources: readonly string[];
} {
  // What has no resource type is asked about on *, wherever else live calls judge it.
  const isOnAny = isJudgedOnNone(entry) || entry.alsoJudgedOn.length > 0;
  return {
    action: entry.action,
    resources: isOnAny ? ['*'] : entry.resourceTypes.map(({ name }) => anyArnOf(name, 'aws', '*')),
  };
}

function mergedOwn(all: readonly ReturnType<typeof ownStatement>[]): Statement[] {
  const groups = new Map<string, { actions: string[]; resources: readonly string[] }>();
  for (const { action, resources } of all) {
    const key = resources.join();
    const group = groups.get(key) ?? { actions: [], resources };
    groups.set(key, group);
    if (!group.actions.includes(action)) group.actions.push(action);
  }
  return [...groups.values()].map(({ actions: names, resources }, index) => ({
    Sid: `Rekognition${index === 0 ? '' : index + 1}`,
    Effect: 'Allow',
    Action: short(names.sort()),
    Resource: short(resources),
  }));
}

const short = (list: readonly string[]): string | readonly string[] =>
  list.length === 1 ? (list[0] ?? '') : list;

/** What stands for the resource of another service, to be replaced by one's own. */
const placeholders: Readonly<Record<string, string | readonly string[]>> = {
  s3: 'arn:aws:s3:::amzn-s3-demo-bucket/*',
  kms: 'arn:aws:kms:*:123456789012:key/*',
  iam: 'arn:aws:iam::123456789012:role/rekognition-*',
  sns: 'arn:aws:sns:*:123456789012:AmazonRekognition*',
  kinesis: 'arn:aws:kinesis:*:123456789012:stream/AmazonRekognition*',
  kinesisvideo: 'arn:aws:kinesisvideo:*:123456789012:stream/*',
  sagemaker: 'arn:aws:sagemaker:*:123456789012:flow-definition/*',
  rekognition: 'arn:aws:rekognition:*:123456789012:*',
};

const sids: Readonly<Record<string, string>> = {
  s3: 'ObjectsInS3',
  kms: 'KeysOfKms',
  iam: 'RoleForRekognition',
  sns: 'Topic',
  kinesis: 'DataStream',
  kinesisvideo: 'VideoStream',
  sagemaker: 'HumanReview',
  rekognition: 'Beside',
};

function besides(permissions: readonly { readonly action: string }[]): Statement[] {
  const byService = new Map<string, Set<string>>();
  for (const { action } of permissions) {
    const [service = ''] = action.split(':');
    byService.set(service, (byService.get(service) ?? new Set()).add(action));
  }
  return [...byService].map(([service, names]) => ({
    Sid: sids[service] ?? service,
    Effect: 'Allow',
    Action: short([...names].sort()),
    Resource: placeholders[service] ?? '*',
    ...(service === 'iam' && {
      Condition: { StringEquals: { 'iam:PassedToService': 'rekognition.amazonaws.com' } },
    }),
  }));
}

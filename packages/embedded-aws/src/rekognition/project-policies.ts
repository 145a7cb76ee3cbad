import { randomBytes } from 'node:crypto';
import { PolicyError, parsePolicy } from '@permission-check/iam-policy';
import { AwsError } from '../types.ts';
import { type Call, notFound, type Operation, page, required, seconds } from './call.ts';
import { textOf } from './input.ts';
import type { ProjectPolicy } from './state.ts';

/** Amazon Rekognition Custom Labels, "Guidelines and quotas". */
const policiesPerProject = 5;

/** The resource policies of Custom Labels projects: who of other accounts may copy their models. */
export const PROJECT_POLICY_OPERATIONS: Readonly<Record<string, Operation>> = {
  PutProjectPolicy: (call) => {
    const arn = projectOf(call);
    const policies = policiesOf(call, arn);
    const name = required(call, 'PolicyName');
    const known = policies.get(name);
    checkRevision(call, known);
    if (known === undefined && policies.size >= policiesPerProject) {
      throw new AwsError('LimitExceededException', 'The number of project policies exceeds the limit.');
    }
    const policy = {
      name,
      document: documentOf(call),
      revisionId: randomBytes(16).toString('hex'),
      created: known?.created ?? call.now,
      updated: call.now,
    };
    policies.set(name, policy);
    call.state.projectPolicies.set(arn, policies);
    return { PolicyRevisionId: policy.revisionId };
  },
  DeleteProjectPolicy: (call) => {
    const policies = policiesOf(call, projectOf(call));
    const name = required(call, 'PolicyName');
    const known = policies.get(name);
    if (known === undefined) throw notFound(`Cannot find policy ${name}`);
    checkRevision(call, known);
    policies.delete(name);
    return {};
  },
  ListProjectPolicies: (call) => {
    const ProjectArn = projectOf(call);
    const { rows, ...rest } = page(call, [...policiesOf(call, ProjectArn).values()]);
    const ProjectPolicies = rows.map((policy) => ({
      ProjectArn,
      PolicyName: policy.name,
      PolicyRevisionId: policy.revisionId,
      PolicyDocument: policy.document,
      CreationTimestamp: seconds(policy.created),
      LastUpdatedTimestamp: seconds(policy.updated),
    }));
    return { ProjectPolicies, ...rest };
  },
};

/** The operations whose calls CloudTrail records here, of all that it would. */
export const RECORDED_OPERATIONS: ReadonlySet<string> = new Set(Object.keys(PROJECT_POLICY_OPERATIONS));

function projectOf(call: Call): string {
  const arn = required(call, 'ProjectArn');
  if (![...call.state.projects.values()].some((project) => project.arn === arn)) {
    throw notFound(`Cannot find project ${arn}`);
  }
  return arn;
}

const policiesOf = ({ state }: Call, arn: string): Map<string, ProjectPolicy> =>
  state.projectPolicies.get(arn) ?? new Map();

/** Who names a revision means that one and no other. */
function checkRevision({ input }: Call, known: ProjectPolicy | undefined): void {
  const asked = textOf(input, 'PolicyRevisionId');
  if (asked === undefined || asked === known?.revisionId) return;
  throw new AwsError(
    'InvalidPolicyRevisionIdException',
    'The supplied revision id for the project policy is invalid.',
  );
}

function documentOf(call: Call): string {
  const text = required(call, 'PolicyDocument');
  try {
    const { statements } = parsePolicy(text);
    if (statements.every(({ principals }) => principals !== undefined)) return text;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
  }
  throw new AwsError(
    'MalformedPolicyDocumentException',
    'The format of the project policy document is incorrect.',
  );
}

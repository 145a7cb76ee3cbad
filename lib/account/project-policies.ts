import {
  DescribeProjectsCommand,
  ListProjectPoliciesCommand,
  type RekognitionClient,
} from '@aws-sdk/client-rekognition';
import type { PolicySource } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import { type IamCaller, iamCall } from '#lib/iam/call.ts';

/** A resource policy of a Custom Labels project: who of other accounts may copy its models. */
export interface ProjectPolicy {
  /** `arn:aws:rekognition:eu-west-1:111122223333:project/shop/1690000000000` */
  readonly projectArn: string;
  readonly policy: PolicySource;
}

/** As ListProjectPolicies answers, and `aws rekognition list-project-policies` prints. */
export const projectPolicyDetail = z.object({
  ProjectArn: z.string(),
  PolicyName: z.string(),
  PolicyDocument: z.union([z.string(), z.record(z.string(), z.unknown())]),
});

export function projectPolicyOf(detail: z.infer<typeof projectPolicyDetail>): ProjectPolicy {
  const { ProjectArn: projectArn, PolicyName: name, PolicyDocument: document } = detail;
  const text = typeof document === 'string' ? document : JSON.stringify(document, null, 4);
  return { projectArn, policy: { name, type: 'resource', text } };
}

/** Rekognition's limit for ListProjectPolicies. */
const POLICIES_A_PAGE = 5;

/**
 * The policies of all Custom Labels projects of a Region; two kinds of calls, one for each project.
 *
 * @throws AccessError when the caller may not; a project that is deleted meanwhile has none.
 */
export async function projectPoliciesIn(
  client: RekognitionClient,
  caller: IamCaller,
): Promise<readonly ProjectPolicy[]> {
  const found: ProjectPolicy[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await iamCall(caller, 'rekognition:DescribeProjects', (options) =>
      client.send(new DescribeProjectsCommand({ ...(token && { NextToken: token }) }), options),
    );
    for (const { ProjectArn } of page.ProjectDescriptions ?? [])
      if (ProjectArn !== undefined) found.push(...(await policiesOf(ProjectArn, client, caller)));
    token = page.NextToken;
  }
  return found;
}

async function policiesOf(
  ProjectArn: string,
  client: RekognitionClient,
  caller: IamCaller,
): Promise<ProjectPolicy[]> {
  const found: ProjectPolicy[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const request = { ProjectArn, MaxResults: POLICIES_A_PAGE, ...(token && { NextToken: token }) };
    const page = await iamCall(caller, 'rekognition:ListProjectPolicies', (options) =>
      client.send(new ListProjectPoliciesCommand(request), options),
    ).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
      throw error;
    });
    for (const policy of page?.ProjectPolicies ?? []) {
      const { success, data } = z.safeParse(projectPolicyDetail, policy);
      if (success) found.push(projectPolicyOf(data));
    }
    token = page?.NextToken;
  }
  return found;
}

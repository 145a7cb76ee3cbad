import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from './types.ts';
import { jsonResponse, readJson } from './wire/json-protocol.ts';
import type { World } from './world.ts';

/** Stands for the management account where the account is only a member. */
const otherManagementAccount = '999999999999';

const effectivePolicy = z.object({ PolicyType: z.string(), TargetId: z.string().optional() });

/** AWS Organizations, as far as an account asks about the organization that it is in (AWS JSON 1.1). */
export class Organizations implements LocalService {
  readonly signingNames = ['organizations'];
  readonly protocol = 'json';
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    switch (request.operation) {
      case 'DescribeOrganization':
        request.authorize('organizations:DescribeOrganization', '*');
        return jsonResponse('1.1', { Organization: this.#organization() });
      case 'DescribeEffectivePolicy': {
        const { PolicyType } = readJson(effectivePolicy, request);
        request.authorize('organizations:DescribeEffectivePolicy', '*');
        return jsonResponse('1.1', { EffectivePolicy: this.#effectivePolicy(PolicyType) });
      }
      default:
        throw new AwsError(
          'UnknownOperationException',
          `the embedded AWS has no organizations:${request.operation}`,
        );
    }
  }

  /** Of the types that it can be asked about, the one for AI services alone is kept. */
  #effectivePolicy(PolicyType: string) {
    this.#organization();
    const { accountId, frame, clock } = this.#world;
    if (PolicyType !== 'AISERVICES_OPT_OUT_POLICY' || frame.aiServicesPolicy === undefined)
      throw new AwsError('EffectivePolicyNotFoundException', 'There is no effective policy of that type.');
    return {
      PolicyContent: JSON.stringify(frame.aiServicesPolicy),
      LastUpdatedTimestamp: Math.floor(clock().getTime() / 1000),
      TargetId: accountId,
      PolicyType,
    };
  }

  #organization() {
    const { accountId, partition, frame } = this.#world;
    const { organizationId: Id = 'o-exampleorgid', managementAccount } = frame;
    if (!managementAccount && frame.organizationId === undefined && frame.scps === undefined) {
      throw new AwsError(
        'AWSOrganizationsNotInUseException',
        'Your account is not a member of an organization.',
      );
    }
    const MasterAccountId = managementAccount ? accountId : otherManagementAccount;
    const prefix = `arn:${partition}:organizations::${MasterAccountId}`;
    return {
      Id,
      Arn: `${prefix}:organization/${Id}`,
      FeatureSet: 'ALL',
      MasterAccountId,
      MasterAccountArn: `${prefix}:account/${Id}/${MasterAccountId}`,
      MasterAccountEmail: 'management@example.com',
    };
  }
}

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
        // Service Authorization Reference: the account that is asked about, whose ARN names the management account.
        request.authorize('organizations:DescribeEffectivePolicy', this.#accountArn(this.#world.accountId), {
          'organizations:PolicyType': PolicyType,
        });
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
    const { partition, frame } = this.#world;
    const { managementAccount } = frame;
    if (!managementAccount && frame.organizationId === undefined && frame.scps === undefined) {
      throw new AwsError(
        'AWSOrganizationsNotInUseException',
        'Your account is not a member of an organization.',
      );
    }
    const Id = this.#id();
    const MasterAccountId = this.#managementAccountId();
    return {
      Id,
      Arn: `arn:${partition}:organizations::${MasterAccountId}:organization/${Id}`,
      FeatureSet: 'ALL',
      MasterAccountId,
      MasterAccountArn: this.#accountArn(MasterAccountId),
      MasterAccountEmail: 'management@example.com',
    };
  }

  #accountArn(accountId: string): string {
    const { partition } = this.#world;
    return `arn:${partition}:organizations::${this.#managementAccountId()}:account/${this.#id()}/${accountId}`;
  }

  #id(): string {
    return this.#world.frame.organizationId ?? 'o-exampleorgid';
  }

  #managementAccountId(): string {
    const { accountId, frame } = this.#world;
    return frame.managementAccount ? accountId : otherManagementAccount;
  }
}

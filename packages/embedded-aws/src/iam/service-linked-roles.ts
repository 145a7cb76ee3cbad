import { uniqueId } from '../account/load.ts';
import { inAnyCase, type Role, replaceEntity, withEntry } from '../account/state.ts';
import { AwsError } from '../types.ts';
import { type IamOperation, roleOf } from './operation.ts';
import { roleShape } from './shapes.ts';

/** IAM's operations on the roles that services of AWS keep for themselves. They have no policies here. */
export const serviceLinkedRoleWrites: Readonly<Record<string, IamOperation>> = {
  CreateServiceLinkedRole: (input) => {
    const { world, params, state } = input;
    const service = params.require('AWSServiceName');
    const suffix = params.get('CustomSuffix');
    const name = `AWSServiceRoleFor${titleOf(service)}${suffix === undefined ? '' : `_${suffix}`}`;
    const path = `/aws-service-role/${service}/`;
    const arn = `arn:${world.partition}:iam::${world.accountId}:role${path}${name}`;
    input.authorize(arn, { 'iam:AWSServiceName': service });
    if (!/^[a-z0-9][\w.-]*\.amazonaws\.com$/.test(service)) {
      throw new AwsError('InvalidInput', `Invalid service name: ${service}`);
    }
    if (inAnyCase(state.roles, name) !== undefined) {
      throw new AwsError(
        'InvalidInput',
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      );
    }
    const description = params.get('Description');
    const role: Role = {
      kind: 'role',
      name,
      path,
      arn,
      id: uniqueId('AROA'),
      createDate: world.clock(),
      inline: new Map(),
      attached: [],
      tags: new Map(),
      trust: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      }),
      maxSessionDuration: 3600,
      ...(description !== undefined && { description }),
    };
    const answer = { Role: roleShape(role) };
    return { next: replaceEntity(state, role), answer, recorded: answer };
  },
  DeleteServiceLinkedRole: (input) => {
    const role = roleOf(input);
    if (!role.path.startsWith('/aws-service-role/')) {
      throw new AwsError('InvalidInput', `${role.name} is not a service-linked role.`);
    }
    const answer = { DeletionTaskId: `task${role.path}${role.name}/${role.id}` };
    return {
      next: { ...input.state, roles: withEntry(input.state.roles, role.name, undefined) },
      answer,
      recorded: answer,
    };
  },
};

/** Deleting is done at once here. */
export const serviceLinkedRoleReads: Readonly<Record<string, IamOperation>> = {
  GetServiceLinkedRoleDeletionStatus: (input) => {
    input.params.require('DeletionTaskId');
    input.authorize('*');
    return { answer: { Status: 'SUCCEEDED' } };
  },
};

/**
 * What some services call their roles. Source: the services' guides, "Using service-linked roles". Of others the name of the
 * service with one capital stands here, which may not be AWS's.
 */
const titles: Readonly<Record<string, string>> = {
  'access-analyzer': 'AccessAnalyzer',
  autoscaling: 'AutoScaling',
  backup: 'Backup',
  cloudtrail: 'CloudTrail',
  config: 'Config',
  ecs: 'ECS',
  eks: 'AmazonEKS',
  elasticache: 'ElastiCache',
  elasticbeanstalk: 'ElasticBeanstalk',
  elasticloadbalancing: 'ElasticLoadBalancing',
  es: 'AmazonElasticsearchService',
  guardduty: 'AmazonGuardDuty',
  inspector2: 'AmazonInspector2',
  macie: 'AmazonMacie',
  opensearchservice: 'AmazonOpenSearchService',
  organizations: 'Organizations',
  rds: 'RDS',
  replicator: 'LambdaReplicator',
  securityhub: 'SecurityHub',
  servicequotas: 'ServiceQuotas',
  spot: 'EC2Spot',
  spotfleet: 'EC2SpotFleet',
  ssm: 'AmazonSSM',
  sso: 'SSO',
  support: 'Support',
  transitgateway: 'VPCTransitGateway',
  trustedadvisor: 'TrustedAdvisor',
};

/** `ecs.amazonaws.com`: ECS. */
const titleOf = (service: string): string => {
  const [first = ''] = service.split('.');
  return titles[first] ?? first.charAt(0).toUpperCase() + first.slice(1);
};

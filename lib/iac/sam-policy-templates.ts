import type { TemplateObject } from '@permission-check/cloudformation';
import { samTemplates } from '#lib/catalog/sam-templates.ts';

/** SAM's policy templates that allow no action of Rekognition. Source: policy_templates.json of the SAM translator. */
const others = new Set(
  `AMIDescribePolicy AWSSecretsManagerGetSecretValuePolicy AWSSecretsManagerRotationPolicy AcmGetCertificatePolicy
  AthenaQueryPolicy CloudFormationDescribeStacksPolicy CloudWatchDashboardPolicy CloudWatchDescribeAlarmHistoryPolicy
  CloudWatchPutMetricPolicy CodeCommitCrudPolicy CodeCommitReadPolicy CodePipelineLambdaExecutionPolicy
  CodePipelineReadOnlyPolicy ComprehendBasicAccessPolicy CostExplorerReadOnlyPolicy DynamoDBBackupFullAccessPolicy
  DynamoDBCrudPolicy DynamoDBReadPolicy DynamoDBReconfigurePolicy DynamoDBRestoreFromBackupPolicy
  DynamoDBStreamReadPolicy DynamoDBWritePolicy EC2CopyImagePolicy EC2DescribePolicy EFSWriteAccessPolicy
  EKSDescribePolicy EcsRunTaskPolicy ElasticMapReduceAddJobFlowStepsPolicy ElasticMapReduceCancelStepsPolicy
  ElasticMapReduceModifyInstanceFleetPolicy ElasticMapReduceModifyInstanceGroupsPolicy
  ElasticMapReduceSetTerminationProtectionPolicy ElasticMapReduceTerminateJobFlowsPolicy ElasticsearchHttpPostPolicy
  EventBridgePutEventsPolicy FilterLogEventsPolicy FirehoseCrudPolicy FirehoseWritePolicy KMSDecryptPolicy
  KMSEncryptPolicy KinesisCrudPolicy KinesisStreamReadPolicy LambdaInvokePolicy MobileAnalyticsWriteOnlyAccessPolicy
  OrganizationsListAccountsPolicy PinpointEndpointAccessPolicy PollyFullAccessPolicy
  Route53ChangeResourceRecordSetsPolicy S3CrudPolicy S3FullAccessPolicy S3ReadPolicy S3WritePolicy
  SESBulkTemplatedCrudPolicy SESBulkTemplatedCrudPolicy_v2 SESCrudPolicy SESEmailTemplateCrudPolicy
  SESSendBouncePolicy SNSCrudPolicy SNSPublishMessagePolicy SQSPollerPolicy SQSSendMessagePolicy
  SSMParameterReadPolicy SSMParameterWithSlashPrefixReadPolicy SageMakerCreateEndpointConfigPolicy
  SageMakerCreateEndpointPolicy ServerlessRepoReadWriteAccessPolicy StepFunctionsExecutionPolicy
  TextractDetectAnalyzePolicy TextractGetResultPolicy TextractPolicy VPCAccessPolicy`.split(/\s+/),
);

/**
 * What one of SAM's policy templates says about Rekognition; undefined for one that SAM did not have. As SAM writes
 * them, the documents have no Version, and so no policy variables.
 */
export function samPolicyTemplate(name: string, parameters: TemplateObject): TemplateObject | undefined {
  const template = samTemplates.find((one) => one.name === name);
  if (template === undefined) return others.has(name) ? { Statement: [] } : undefined;
  const { actions, parameter } = template;
  const value = parameter === undefined ? undefined : (parameters[parameter] ?? '');
  const collection = 'arn:${AWS::Partition}:rekognition:${AWS::Region}:${AWS::AccountId}:collection/${value}';
  return {
    Statement: [
      {
        Effect: 'Allow',
        Action: actions.map((action) => `rekognition:${action}`),
        Resource: value === undefined ? '*' : { 'Fn::Sub': [collection, { value }] },
      },
    ],
  };
}

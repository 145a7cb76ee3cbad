import type { OpenResource, OpenTemplateOptions } from './open-types.ts';

/**
 * What Ref and GetAtt Arn give of a resource that is not made yet, as far as that is certain. A resource without a
 * name of its own gets one of the stack's name, the logical id and random characters; all else is unknown.
 *
 * Source: AWS CloudFormation reference, "Return values" of each type.
 */
export function openIdentity(
  type: string,
  logicalId: string,
  { accountId, region, partition, stackName, unknowns }: OpenTemplateOptions,
  property: (name: string) => string | undefined,
): Pick<OpenResource, 'name' | 'ref' | 'arn'> {
  const { unknown } = unknowns;
  const nameProperty = nameProperties[type];
  const given = nameProperty === undefined ? undefined : property(nameProperty);
  const name =
    given ?? `${stackName ?? unknown('AWS::StackName')}-${logicalId}-${unknown(`${logicalId} name`)}`;
  const iam = (kind: string) => `arn:${partition}:iam::${accountId}:${kind}${property('Path') ?? '/'}${name}`;
  const rekognition = (rest: string) => `arn:${partition}:rekognition:${region}:${accountId}:${rest}`;
  switch (type) {
    case 'AWS::IAM::Role':
      return { name, ref: name, arn: iam('role') };
    case 'AWS::IAM::User':
      return { name, ref: name, arn: iam('user') };
    case 'AWS::IAM::Group':
      return { name, ref: name, arn: iam('group') };
    case 'AWS::IAM::ManagedPolicy':
      return { name, ref: iam('policy'), arn: iam('policy') };
    case 'AWS::Rekognition::Collection':
      return { name, ref: name, arn: rekognition(`collection/${name}`) };
    case 'AWS::Rekognition::Project':
      return {
        name,
        ref: name,
        arn: rekognition(`project/${name}/${unknown(`${logicalId} creation time`)}`),
      };
    case 'AWS::Rekognition::StreamProcessor':
      return { name, ref: name, arn: rekognition(`streamprocessor/${name}`) };
    default:
      return { name, ref: unknown(logicalId), arn: unknown(`${logicalId}.Arn`) };
  }
}

const nameProperties: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::IAM::User': 'UserName',
  'AWS::IAM::Group': 'GroupName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::Rekognition::Collection': 'CollectionId',
  'AWS::Rekognition::Project': 'ProjectName',
  'AWS::Rekognition::StreamProcessor': 'Name',
};

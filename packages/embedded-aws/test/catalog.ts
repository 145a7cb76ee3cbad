import type { CatalogAction, ServiceCatalog } from '../src/catalog.ts';

const arn = (resource: string) => `arn:\${Partition}:rekognition:\${Region}:\${Account}:${resource}`;
const collection = arn('collection/${CollectionId}');
const project = arn('project/${ProjectName}/${CreationTimestamp}');
const model = arn('project/${ProjectName}/version/${VersionName}/${CreationTimestamp}');

const actions = (names: string, resources: readonly string[], feature?: string): CatalogAction[] =>
  names.split(' ').map((name) => ({
    action: `rekognition:${name}`,
    resources,
    ...(feature !== undefined && { feature }),
  }));

/** As much of Rekognition as these tests ask for; who uses the package hands in the whole. */
export const catalog: ServiceCatalog = {
  actions: [
    ...actions(
      'AssociateFaces CreateCollection DeleteCollection DeleteFaces DescribeCollection IndexFaces ListFaces SearchFaces',
      [collection],
    ),
    ...actions('CompareFaces DetectFaces DetectLabels DetectText ListCollections RecognizeCelebrities', []),
    ...actions('CopyProjectVersion', [project, model], 'custom-labels'),
    ...actions('CreateProject DeleteProject', [project], 'custom-labels'),
    ...actions('DetectCustomLabels', [model], 'custom-labels'),
    ...actions('DescribeProjects', [], 'custom-labels'),
    ...actions('DetectModerationLabels', [model]),
    ...actions('CreateStreamProcessor', [collection], 'streaming-video'),
    ...actions('ListStreamProcessors', [], 'streaming-video'),
    ...actions('TagResource UntagResource', [collection, project, model]),
  ],
  managedPolicies: {
    AmazonRekognitionFullAccess: {
      arn: 'arn:aws:iam::aws:policy/AmazonRekognitionFullAccess',
      defaultVersionId: 'v1',
      versions: [
        {
          versionId: 'v1',
          createDate: '2016-11-30T14:40:44Z',
          document: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: ['rekognition:*'], Resource: '*' }],
          },
        },
      ],
    },
    AmazonRekognitionReadOnlyAccess: {
      arn: 'arn:aws:iam::aws:policy/AmazonRekognitionReadOnlyAccess',
      defaultVersionId: 'v10',
      versions: ['v4', 'v9', 'v10'].map((versionId, index) => ({
        versionId,
        createDate: `202${index}-11-08T18:30:22Z`,
        document: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: ['rekognition:Detect*', 'rekognition:List*', 'rekognition:Search*'].slice(0, index + 1),
              Resource: '*',
            },
          ],
        },
      })),
    },
  },
};

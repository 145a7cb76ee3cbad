/** A SAM policy template about Rekognition, as SAM expands it. */
export interface SamTemplate {
  readonly name: string;
  /** Without the prefix `rekognition:`. */
  readonly actions: readonly string[];
  /** The collection that its parameter names; absent: it has no parameter, and Resource is `*`. */
  readonly parameter?: 'CollectionId';
  /** Why SAM's template allows nothing of what it names. */
  readonly warning?: string;
}

/**
 * The seven templates. Source: AWS SAM Developer Guide, "AWS SAM policy template list", and policy_templates.json of
 * the SAM translator.
 */
export const samTemplates: readonly SamTemplate[] = [
  {
    name: 'RekognitionDetectOnlyPolicy',
    actions: ['DetectFaces', 'DetectLabels', 'DetectModerationLabels', 'DetectText'],
  },
  { name: 'RekognitionLabelsPolicy', actions: ['DetectLabels', 'DetectModerationLabels'] },
  { name: 'RekognitionFacesPolicy', actions: ['CompareFaces', 'DetectFaces'] },
  {
    name: 'RekognitionFacesManagementPolicy',
    actions: ['IndexFaces', 'DeleteFaces', 'SearchFaces', 'SearchFacesByImage', 'ListFaces'],
    parameter: 'CollectionId',
  },
  {
    name: 'RekognitionReadPolicy',
    actions: ['ListCollections', 'ListFaces', 'SearchFaces', 'SearchFacesByImage'],
    parameter: 'CollectionId',
    warning:
      'it names ListCollections on a collection, but that action has no resource type: it grants the other three',
  },
  {
    name: 'RekognitionWriteOnlyAccessPolicy',
    actions: ['CreateCollection', 'IndexFaces'],
    parameter: 'CollectionId',
  },
  {
    name: 'RekognitionNoDataAccessPolicy',
    actions: ['CompareFaces', 'DetectFaces', 'DetectLabels', 'DetectModerationLabels'],
    parameter: 'CollectionId',
    warning: 'it grants nothing: none of its actions is judged on a collection',
  },
];

/** What a collection can be called. Source: Rekognition API Reference, CollectionId; `*` and `?` match several. */
const collectionId = /^[\w.*?-]{1,255}$/;

/**
 * The document of a template with its parameter (`visitors`), or what is wrong with the way it is called.
 */
export function samDocument(
  { name, actions, parameter }: SamTemplate,
  argument: string | undefined,
): { readonly document: object } | { readonly problem: string } {
  if (parameter === undefined && argument !== undefined) {
    return { problem: `the SAM policy template ${name} has no parameter: write "${name}"` };
  }
  if (parameter !== undefined && argument === undefined) {
    return { problem: `the SAM policy template ${name} needs its ${parameter}: write "${name}(visitors)"` };
  }
  if (argument !== undefined && !collectionId.test(argument)) {
    return { problem: `"${argument}" is no collection id: letters, digits, "_", "." and "-"` };
  }
  const resource = argument === undefined ? '*' : `arn:*:rekognition:*:*:collection/${argument}`;
  const Action = actions.map((action) => `rekognition:${action}`);
  return {
    document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: resource }] },
  };
}

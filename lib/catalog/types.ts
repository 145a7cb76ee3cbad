/** What Rekognition has. Facts come from the Service Authorization Reference and the API model. */

export type AccessLevel = 'List' | 'Read' | 'Write' | 'Tagging' | 'Permissions management';

export type ResourceTypeName = 'collection' | 'dataset' | 'project' | 'projectversion' | 'streamprocessor';

export interface ResourceType {
  readonly name: ResourceTypeName;
  /** `arn:${Partition}:rekognition:${Region}:${Account}:collection/${CollectionId}` */
  readonly arn: string;
  readonly conditionKeys: readonly string[];
}

/** What having an action lets somebody do; it drives the severity of a finding. */
export type Sensitivity =
  | 'biometric-write'
  | 'biometric-delete'
  | 'cross-account-copy'
  | 'billed-training'
  | 'streaming'
  | 'face-search'
  | 'inference'
  | 'configuration'
  | 'metadata';

export type Severity = 'critical' | 'high' | 'medium' | 'low';

export interface CatalogAction {
  /** `DeleteCollection` */
  readonly name: string;
  /** `rekognition:DeleteCollection` */
  readonly action: string;
  /** One of nine feature families: `collections`, `custom-labels` … */
  readonly family: string;
  readonly accessLevels: readonly AccessLevel[];
  readonly resourceTypes: readonly { readonly name: ResourceTypeName; readonly required: boolean }[];
  /**
   * Types that live AWS judges the action on although the Service Authorization Reference lists none
   * (CreateCollection, CreateProject).
   */
  readonly alsoJudgedOn: readonly ResourceTypeName[];
  readonly conditionKeys: readonly string[];
  readonly apiOperation: string;
  /** Further permissions that the API operation may need, and when. */
  readonly dependentPermissions: readonly {
    readonly action: string;
    readonly when: string;
    /** Not the caller needs it but the role that he passes, or the policy of the project that is copied has to allow it. */
    readonly of?: 'passed-role' | 'source-project';
  }[];
  readonly availability: 'active' | 'closed-to-new-customers' | 'discontinued';
  readonly mutates: boolean;
  readonly canIncurCost: boolean;
  readonly sensitivity: Sensitivity;
  readonly severity: Severity;
}

/** A named permission set: what `AmazonRekognitionReadOnlyAccess@v4` or `readonly-example` stands for. */
export interface PermissionSet {
  /** As addressed, with the version where it has one. */
  readonly name: string;
  readonly title: string;
  /** Where the text comes from. */
  readonly source: string;
  readonly arn?: string;
  readonly versionId?: string;
  /** The policy documents' JSON texts. */
  readonly documents: readonly string[];
  /** What a person who names it should know: that part of it can never match. */
  readonly warning?: string;
}

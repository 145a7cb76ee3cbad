import { randomUUID } from 'node:crypto';

export interface Collection {
  readonly arn: string;
  readonly created: Date;
  readonly users: Set<string>;
}

export interface Named {
  readonly arn: string;
  readonly created: Date;
}

/** A resource policy of a Custom Labels project. */
export interface ProjectPolicy {
  readonly name: string;
  readonly document: string;
  readonly revisionId: string;
  readonly created: Date;
  readonly updated: Date;
}

/** What one account has in Rekognition, in one Region. */
export class RekognitionState {
  /** By CollectionId, which is case-sensitive. */
  readonly collections = new Map<string, Collection>();
  /** By ProjectName. */
  readonly projects = new Map<string, Named>();
  /** By project ARN and policy name. */
  readonly projectPolicies = new Map<string, Map<string, ProjectPolicy>>();
  /** By Name. */
  readonly streamProcessors = new Map<string, Named>();
  /** By JobId. */
  readonly mediaAnalysisJobs = new Map<string, Named>();
  readonly livenessSessions = new Set<string>();
  /** Tags by the ARN that bears them. */
  readonly tags = new Map<string, Map<string, string>>();

  addCollection(id: string, arn: string, created: Date): Collection {
    const collection: Collection = { arn, created, users: new Set() };
    this.collections.set(id, collection);
    return collection;
  }

  newLivenessSession(): string {
    const id = randomUUID();
    this.livenessSessions.add(id);
    return id;
  }

  /** Whether anything here bears that ARN. */
  has(arn: string): boolean {
    const all = [this.collections, this.projects, this.streamProcessors];
    return all.some((kind) => [...kind.values()].some((entry) => entry.arn === arn));
  }
}

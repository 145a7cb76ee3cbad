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

/** What one account has in Rekognition, in one Region. */
export class RekognitionState {
  /** By CollectionId, which is case-sensitive. */
  readonly collections = new Map<string, Collection>();
  /** By ProjectName. */
  readonly projects = new Map<string, Named>();
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

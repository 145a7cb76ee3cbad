import { z } from 'zod';
import { AwsError, type LocalRequest, type LocalResponse, type LocalService } from '../types.ts';
import { readJson } from '../wire/json-protocol.ts';
import type { World } from '../world.ts';
import { type Finding, findingSchema, type KeptFinding, updated, workflowStatuses } from './findings.ts';

const importInput = z.object({ Findings: z.array(z.record(z.string(), z.unknown())).min(1).max(100) });
const updateInput = z.object({
  FindingIdentifiers: z
    .array(z.object({ Id: z.string(), ProductArn: z.string() }))
    .min(1)
    .max(100),
  Workflow: z.object({ Status: z.enum(workflowStatuses) }).optional(),
});
const getInput = z.object({
  Filters: z
    .object({ Id: z.array(z.object({ Value: z.string(), Comparison: z.literal('EQUALS') })).optional() })
    .optional(),
});

/** The largest finding; Security Hub User Guide, "Quotas". */
const LARGEST = 240 * 1024;

type Operation = (request: LocalRequest) => unknown;

/**
 * AWS Security Hub (CSPM) as far as a product of one's own uses it: turned on and off, findings imported, updated and
 * read (REST JSON).
 */
export class SecurityHub implements LocalService {
  readonly signingNames = ['securityhub'];
  readonly protocol = 'json';
  readonly #world: World;
  readonly #kept = new Map<string, KeptFinding>();
  #enabled = false;

  constructor(world: World) {
    this.#world = world;
  }

  async handle(request: LocalRequest): Promise<LocalResponse> {
    const operation = this.#operations[`${request.method} ${request.path.split('?')[0]}`];
    if (operation === undefined) {
      const message = `the embedded AWS has no ${request.method} ${request.path}`;
      throw new AwsError('UnknownOperationException', message, 404);
    }
    const body = JSON.stringify(operation(request) ?? {});
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    'POST /accounts': (request) => {
      request.authorize('securityhub:EnableSecurityHub', this.#arn('hub/default'));
      this.#enabled = true;
    },
    'DELETE /accounts': (request) => {
      request.authorize('securityhub:DisableSecurityHub', this.#arn('hub/default'));
      this.#enabled = false;
      this.#kept.clear();
    },
    'POST /findings/import': (request) => {
      const { Findings } = readJson(importInput, request, invalid);
      request.authorize('securityhub:BatchImportFindings', this.#product());
      this.#assertEnabled();
      const failed = Findings.flatMap((finding) => this.#import(finding, request));
      return {
        FailedCount: failed.length,
        SuccessCount: Findings.length - failed.length,
        FailedFindings: failed,
      };
    },
    'PATCH /findings/batchupdate': (request) => {
      const { FindingIdentifiers, Workflow } = readJson(updateInput, request, invalid);
      request.authorize('securityhub:BatchUpdateFindings', this.#arn('hub/default'));
      this.#assertEnabled();
      const isKnown = ({ Id }: { readonly Id: string }) => this.#kept.has(Id);
      for (const { Id } of FindingIdentifiers) {
        const before = this.#kept.get(Id);
        if (before && Workflow) this.#kept.set(Id, { ...before, Workflow });
      }
      return {
        ProcessedFindings: FindingIdentifiers.filter(isKnown),
        UnprocessedFindings: FindingIdentifiers.filter((one) => !isKnown(one)).map((FindingIdentifier) => ({
          FindingIdentifier,
          ErrorCode: 'FindingNotFound',
          ErrorMessage: 'Finding not found',
        })),
      };
    },
    'POST /findings': (request) => {
      const { Filters } = readJson(getInput, request, invalid);
      request.authorize('securityhub:GetFindings', this.#arn('hub/default'));
      this.#assertEnabled();
      const wanted = Filters?.Id?.map(({ Value }) => Value);
      return {
        Findings: [...this.#kept.values()].filter(({ Id }) => wanted === undefined || wanted.includes(Id)),
      };
    },
  };

  /** Keeps a finding; answers why it cannot be kept. */
  #import(value: Readonly<Record<string, unknown>>, request: LocalRequest) {
    const { success, data, error } = findingSchema.safeParse(value);
    const refuse = (ErrorMessage: string) => [
      { Id: String(value.Id ?? 'null'), ErrorCode: 'InvalidInput', ErrorMessage },
    ];
    if (!success) {
      return refuse(
        error.issues.map(({ path, message }) => `Finding.${path.join('.')}: ${message}`).join('; '),
      );
    }
    if (Buffer.byteLength(JSON.stringify(value)) > LARGEST) return refuse('Finding is larger than 240 KB');
    const wrong = this.#wrongProduct(data, request);
    if (wrong !== undefined) return refuse(wrong);
    this.#kept.set(data.Id, updated(this.#kept.get(data.Id), data));
    return [];
  }

  #wrongProduct({ AwsAccountId, ProductArn }: Finding, { caller }: LocalRequest): string | undefined {
    if (AwsAccountId !== caller.accountId) return 'AwsAccountId is not the account of the caller';
    return ProductArn === this.#product() ? undefined : 'ProductArn is not that of the account';
  }

  #product(): string {
    return this.#arn(`product/${this.#world.accountId}/default`);
  }

  #arn(rest: string): string {
    const { partition, region, accountId } = this.#world;
    return `arn:${partition}:securityhub:${region}:${accountId}:${rest}`;
  }

  #assertEnabled(): void {
    if (this.#enabled) return;
    const message = `Account ${this.#world.accountId} is not subscribed to AWS Security Hub`;
    throw new AwsError('InvalidAccessException', message, 401);
  }
}

const invalid = (error: z.ZodError): AwsError =>
  new AwsError(
    'InvalidInputException',
    error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
  );

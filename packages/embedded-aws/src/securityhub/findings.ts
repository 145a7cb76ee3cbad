import { z } from 'zod';

const text = (length: number) => z.string().min(1).max(length);
const time = z.iso.datetime({ offset: true });

/**
 * A finding in the AWS Security Finding Format as BatchImportFindings takes it, as far as a product of one's own says
 * something. Sources: Security Hub User Guide, "Required top-level ASFF attributes"; the SDK's doc comments for lengths.
 */
export const findingSchema = z.object({
  SchemaVersion: z.literal('2018-10-08'),
  Id: text(512),
  ProductArn: text(2048),
  ProductName: text(128).optional(),
  CompanyName: text(128).optional(),
  GeneratorId: text(512),
  AwsAccountId: z.string().regex(/^\d{12}$/),
  CreatedAt: time,
  UpdatedAt: time,
  FirstObservedAt: time.optional(),
  LastObservedAt: time.optional(),
  Title: text(256),
  Description: text(1024),
  Types: z
    .array(z.string().regex(/^[^/]+(\/[^/]+){0,2}$/))
    .max(50)
    .optional(),
  FindingProviderFields: z
    .object({
      Severity: z.object({
        Label: z.enum(['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
        Original: text(64).optional(),
      }),
      Types: z
        .array(z.string().regex(/^[^/]+(\/[^/]+){0,2}$/))
        .min(1)
        .max(50),
    })
    .optional(),
  Remediation: z
    .object({ Recommendation: z.object({ Text: text(512), Url: z.url().optional() }) })
    .optional(),
  ProductFields: z
    .record(z.string().max(128), z.string().max(2048))
    .refine((fields) => Object.keys(fields).length <= 50)
    .optional(),
  Resources: z
    .array(
      z.object({
        Type: z.string().regex(/^(Aws[A-Z]\w+|Other|Container)$/),
        Id: text(512),
        Partition: z.enum(['aws', 'aws-cn', 'aws-us-gov']).optional(),
        Region: z.string().max(16).optional(),
      }),
    )
    .min(1)
    .max(32),
  Compliance: z.object({ Status: z.enum(['PASSED', 'WARNING', 'FAILED', 'NOT_AVAILABLE']) }).optional(),
  RecordState: z.enum(['ACTIVE', 'ARCHIVED']).default('ACTIVE'),
});

export type Finding = z.infer<typeof findingSchema>;

export const workflowStatuses = ['NEW', 'NOTIFIED', 'SUPPRESSED', 'RESOLVED'] as const;
export type WorkflowStatus = (typeof workflowStatuses)[number];

/** A finding as Security Hub keeps it: what the product says of it, and what the customer does. */
export interface KeptFinding extends Finding {
  readonly Workflow: { readonly Status: WorkflowStatus };
}

/**
 * What becomes of a finding when its product tells of it again. Only what is later counts. One that comes back, or fails
 * again, is new to the customer, unless the customer has suppressed it, who then is not bothered.
 */
export function updated(before: KeptFinding | undefined, now: Finding): KeptFinding {
  if (before === undefined) return { ...now, Workflow: { Status: 'NEW' } };
  if (Date.parse(now.UpdatedAt) <= Date.parse(before.UpdatedAt)) return before;
  const { Status } = before.Workflow;
  const isBack = before.RecordState === 'ARCHIVED' && now.RecordState === 'ACTIVE';
  const failsAgain = before.Compliance?.Status === 'PASSED' && now.Compliance?.Status !== 'PASSED';
  const reset = (isBack || failsAgain) && (Status === 'RESOLVED' || Status === 'NOTIFIED');
  return { ...now, CreatedAt: before.CreatedAt, Workflow: { Status: reset ? 'NEW' : Status } };
}

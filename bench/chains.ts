import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, type Measured, measuredRun } from './account-process.ts';

const ACCOUNT = '123456789012';
/** Roles that are assumed one after another. */
const LENGTH = 10;
/** One chain in so many begins in another account. */
const FROM_OUTSIDE = 4;
/** One chain in so many ends with a role that trusts the account as a whole. */
const OF_ACCOUNT = 20;
/** The best of so many runs: the machine has other things to do. */
const RUNS = 3;

/**
 * Checks an account of roles that each have a collection of their own, with and without chains among them: seconds of
 * processor time and peak memory of both.
 */
export async function benchChains(roles = 20_000): Promise<void> {
  console.log(
    `\n${roles} roles, each with a collection of its own (best of ${RUNS} runs, each a process of its own)`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'bench-chains-'));
  try {
    const script = await bundle(join(folder, 'account-run.mjs'));
    const kinds = { 'without chains': false, 'in chains of ten': true } as const;
    const runs = new Map<string, Measured[]>(Object.keys(kinds).map((kind) => [kind, []]));
    for (const [kind, chained] of Object.entries(kinds))
      await writeFile(join(folder, `${kind}.json`), JSON.stringify(accountOf(roles, chained)));
    // In turn, so that what else the machine does falls on both.
    for (let run = 0; run < RUNS; run++)
      for (const [kind, all] of runs)
        all.push(await measuredRun(script, 'check', join(folder, `${kind}.json`), roles));
    const best = [...runs].map(([kind, all]) => ({
      kind,
      cpu: Math.min(...all.map(({ cpu }) => cpu)),
      megabytes: Math.min(...all.map(({ megabytes }) => megabytes)),
      findings: all[0]?.findings ?? 0,
    }));
    for (const { kind, cpu, megabytes, findings } of best)
      console.log(
        `  ${kind.padEnd(20)}${cpu.toFixed(2).padStart(8)} s ${megabytes.toFixed(0).padStart(6)} MB ${findings} findings`,
      );
    const [plain, chained] = best;
    if (plain === undefined || chained === undefined) return;
    console.log(
      `  with/without        ${(chained.cpu / plain.cpu).toFixed(2).padStart(8)}×  ${(chained.megabytes / plain.megabytes).toFixed(2).padStart(6)}×`,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An account as the AWS CLI prints it. */
function accountOf(roles: number, chained: boolean): object {
  return {
    UserDetailList: [],
    GroupDetailList: [],
    RoleDetailList: Array.from({ length: roles }, (_, index) => role(index, chained)),
    Policies: [],
  };
}

const nameOf = (index: number): string => `service-${index}`;
const arnOf = (index: number): string => `arn:aws:iam::${ACCOUNT}:role/${nameOf(index)}`;

/** @param chained whether it is assumed by the one before it, and may assume the next */
function role(index: number, chained: boolean): object {
  const place = index % LENGTH;
  const chain = Math.floor(index / LENGTH);
  const faces = {
    Effect: 'Allow',
    Action: ['rekognition:SearchFacesByImage', 'rekognition:ListFaces'],
    Resource: `arn:aws:rekognition:*:${ACCOUNT}:collection/${nameOf(index)}`,
  };
  const next = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: arnOf(index + 1) };
  const goesOn = chained && place < LENGTH - 1;
  return {
    Path: '/',
    RoleName: nameOf(index),
    RoleId: `AROA${String(index).padStart(17, '0')}`,
    Arn: arnOf(index),
    Tags: [],
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: trusted(chained ? place : undefined, index, chain),
        Action: 'sts:AssumeRole',
      },
    },
    RolePolicyList: [
      {
        PolicyName: 'own',
        PolicyDocument: { Version: '2012-10-17', Statement: goesOn ? [faces, next] : [faces] },
      },
    ],
    AttachedManagedPolicies: [],
  };
}

function trusted(place: number | undefined, index: number, chain: number): object {
  if (place === undefined) return { Service: 'lambda.amazonaws.com' };
  if (place === 0)
    return chain % FROM_OUTSIDE === 0 ? { AWS: '444455556666' } : { Service: 'lambda.amazonaws.com' };
  if (place === LENGTH - 1 && chain % OF_ACCOUNT === 0) return { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  return { AWS: arnOf(index - 1) };
}

import type { JsonReport } from '../json.ts';
import { renderAsff } from './asff.ts';
import { renderCsv, renderMatrixCsv } from './csv.ts';
import { renderJunit } from './junit.ts';
import { renderOcsf } from './ocsf.ts';
import { renderSarif } from './sarif.ts';

/** A form of the report, made from its JSON alone. */
export interface Format {
  readonly render: (report: JsonReport) => string;
  /** It shows the access of everybody, also where it is as expected. */
  readonly access?: boolean;
}

/** The forms that machines and spreadsheets take, by name. */
export const formats = {
  csv: { render: renderCsv },
  'matrix-csv': { render: renderMatrixCsv, access: true },
  junit: { render: renderJunit },
  sarif: { render: renderSarif },
  asff: { render: renderAsff },
  ocsf: { render: (report) => renderOcsf(report, '1.6.0') },
  'ocsf-1.8': { render: (report) => renderOcsf(report, '1.8.0') },
} as const satisfies Readonly<Record<string, Format>>;

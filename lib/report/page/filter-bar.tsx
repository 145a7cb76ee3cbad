import { useEffect, useRef } from 'preact/hooks';
import { type Filters, knowsChanges, type Model } from './model.ts';
import { reachOf } from './reach-filter.ts';

interface Props {
  readonly model: Model;
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

/** Search and filters; `/` goes to the search. */
export function FilterBar({ model, filters, onChange }: Props) {
  const search = useFocusBySlash();
  const { findings, principals } = model.report;
  const distinct = (values: readonly string[]) => [...new Set(values)].sort();
  const severities = ['critical', 'high', 'medium', 'low'];
  return (
    <search class="filters">
      <label>
        Search{' '}
        <input
          type="search"
          ref={search}
          value={filters.text}
          placeholder="name or ARN ( / )"
          onInput={({ currentTarget }) => onChange({ ...filters, text: currentTarget.value })}
        />
      </label>
      <Choice
        label="Kind"
        value={filters.kind}
        choices={distinct(findings.map(({ kind }) => kind))}
        onChange={(kind) => onChange({ ...filters, kind })}
      />
      <Choice
        label="Severity"
        value={filters.severity}
        choices={severities}
        onChange={(severity) => onChange({ ...filters, severity })}
      />
      <Choice
        label="Expected"
        value={filters.expected}
        choices={distinct(principals.map(({ expected }) => expected))}
        onChange={(expected) => onChange({ ...filters, expected })}
      />
      <Choice
        label="Reached by"
        value={filters.reach}
        choices={distinct(principals.flatMap((one) => reachOf(one, model.report)))}
        onChange={(reach) => onChange({ ...filters, reach })}
      />
      <Check
        label="only with findings"
        value={filters.onlyFindings}
        onChange={(onlyFindings) => onChange({ ...filters, onlyFindings })}
      />
      {knowsChanges(model.report) && (
        <Check
          label="only changes"
          value={filters.onlyChanges}
          onChange={(onlyChanges) => onChange({ ...filters, onlyChanges })}
        />
      )}
    </search>
  );
}

function useFocusBySlash() {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const jump = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      search.current?.focus();
    };
    addEventListener('keydown', jump);
    return () => removeEventListener('keydown', jump);
  }, []);
  return search;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, choices, onChange }: ChoiceProps) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        <option value="">any</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </label>
  );
}

function Check(props: {
  readonly label: string;
  readonly value: boolean;
  readonly onChange: (value: boolean) => void;
}) {
  const { label, value, onChange } = props;
  return (
    <label>
      <input
        type="checkbox"
        checked={value}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />{' '}
      {label}
    </label>
  );
}

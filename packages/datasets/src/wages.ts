import type { DatasetOptions } from './folder.ts';
import { readTable, toChoice, toNumber } from './read.ts';

const RACES = ['white', 'hispanic', 'other'] as const;
const OCCUPATIONS = ['management', 'sales', 'clerical', 'service', 'professional', 'other'] as const;
const SECTORS = ['manufacturing', 'construction', 'other'] as const;

/** Someone at work in the United States in 1985. */
export interface Worker {
  /** United States dollars an hour, 1 to 44.5. */
  wage: number;
  /** Years of education. */
  education: number;
  /** Years since school: age less education less 6. */
  experience: number;
  age: number;
  gender: 'female' | 'male';
  race: (typeof RACES)[number];
  /** Whether the person lives in the South. */
  south: boolean;
  married: boolean;
  /** Whether the person is a member of a trade union. */
  union: boolean;
  occupation: (typeof OCCUPATIONS)[number];
  sector: (typeof SECTORS)[number];
}

/**
 * Wages of 534 people, with gender and race: a sample of the Current Population Survey of 1985. See
 * `datasets/wages/README.md`.
 *
 * @throws DatasetError where the file is missing or damaged.
 */
export async function loadWages(options: DatasetOptions = {}): Promise<Worker[]> {
  const columns = [
    'wage',
    'education',
    'experience',
    'age',
    'gender',
    'race',
    'south',
    'married',
    'union',
    'occupation',
    'sector',
  ];
  return readTable('wages', 'wages.tsv', columns, options, (cells, fail): Worker => {
    const cell = (name: string) => cells[columns.indexOf(name)]!;
    const number = (name: string) => toNumber(cell(name), name, fail);
    const flag = (name: string) => toChoice(cell(name), ['0', '1'], name, fail) === '1';
    return {
      wage: number('wage'),
      education: number('education'),
      experience: number('experience'),
      age: number('age'),
      gender: toChoice(cell('gender'), ['female', 'male'], 'gender', fail),
      race: toChoice(cell('race'), RACES, 'race', fail),
      south: flag('south'),
      married: flag('married'),
      union: flag('union'),
      occupation: toChoice(cell('occupation'), OCCUPATIONS, 'occupation', fail),
      sector: toChoice(cell('sector'), SECTORS, 'sector', fail),
    };
  });
}

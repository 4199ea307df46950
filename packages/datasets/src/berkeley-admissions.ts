import type { DatasetOptions } from './folder.ts';
import { readTable, toChoice, toNumber } from './read.ts';

const DEPARTMENTS = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

/** Applicants of one gender to one department. */
export interface AdmissionsGroup {
  department: (typeof DEPARTMENTS)[number];
  gender: 'female' | 'male';
  admitted: number;
  rejected: number;
}

/** One applicant. */
export interface Applicant {
  department: (typeof DEPARTMENTS)[number];
  gender: 'female' | 'male';
  admitted: boolean;
}

/**
 * Who was admitted to the six largest departments of the University of California, Berkeley, in 1973: 4,526 applicants
 * in 12 groups. See `datasets/berkeley-admissions/README.md`.
 *
 * @throws DatasetError where the file is missing or damaged.
 */
export async function loadBerkeleyAdmissions(options: DatasetOptions = {}): Promise<AdmissionsGroup[]> {
  const columns = ['department', 'gender', 'admitted', 'rejected'];
  return readTable('berkeley-admissions', 'admissions.tsv', columns, options, (cells, fail) => {
    const [department, gender, admitted, rejected] = cells as [string, string, string, string];
    return {
      department: toChoice(department, DEPARTMENTS, 'department', fail),
      gender: toChoice(gender, ['female', 'male'], 'gender', fail),
      admitted: toNumber(admitted, 'admitted', fail),
      rejected: toNumber(rejected, 'rejected', fail),
    };
  });
}

/** A row for every applicant of the groups, group after group: shuffle before taking a part. */
export function berkeleyApplicants(groups: readonly AdmissionsGroup[]): Applicant[] {
  return groups.flatMap(({ department, gender, admitted, rejected }) => [
    ...Array.from({ length: admitted }, () => ({ department, gender, admitted: true })),
    ...Array.from({ length: rejected }, () => ({ department, gender, admitted: false })),
  ]);
}

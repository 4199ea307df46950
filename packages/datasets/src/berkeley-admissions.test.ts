import { expect, test } from 'vitest';
import { berkeleyApplicants, loadBerkeleyAdmissions } from './berkeley-admissions.ts';
import { withDamagedCopy } from './damaged-copy.ts';

test('men are admitted more often in all, and less often in four of six departments', async () => {
  const groups = await loadBerkeleyAdmissions();
  const rate = (gender: string, department?: string) => {
    const chosen = groups.filter(
      (group) => group.gender === gender && group.department === (department ?? group.department),
    );
    const admitted = chosen.reduce((sum, group) => sum + group.admitted, 0);
    return admitted / chosen.reduce((sum, group) => sum + group.admitted + group.rejected, 0);
  };
  expect(rate('male')).toBeCloseTo(0.445, 3);
  expect(rate('female')).toBeCloseTo(0.304, 3);
  expect(
    ['A', 'B', 'C', 'D', 'E', 'F'].filter(
      (department) => rate('female', department) > rate('male', department),
    ),
  ).toEqual(['A', 'B', 'D', 'F']);
});

test('every applicant is a row', async () => {
  const applicants = berkeleyApplicants(await loadBerkeleyAdmissions());
  expect(applicants.length).toBe(4526);
  expect(applicants.filter(({ gender, admitted }) => gender === 'female' && admitted).length).toBe(557);
  expect(applicants[0]).toEqual({ department: 'A', gender: 'male', admitted: true });
});

test('an unknown department is found, with its line', async () => {
  const damage = (text: string) => text.replace('\nC\tmale', '\nQ\tmale');
  await withDamagedCopy('berkeley-admissions', 'admissions.tsv', damage, async (options) => {
    await expect(loadBerkeleyAdmissions(options)).rejects.toThrow(
      'datasets/berkeley-admissions/admissions.tsv, line 6: expected A or B or C or D or E or F as department',
    );
  });
});

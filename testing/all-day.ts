/** Whether this is `npm run test:all-day`, where tests with many cases run many more. */
export const allDay: boolean = Boolean(process.env.TEST_ALL_DAY);

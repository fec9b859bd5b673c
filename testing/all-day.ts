/** Whether this is `npm run test:all-day`, where tests of many cases have many more. */
export const allDay: boolean = Boolean(process.env.TEST_ALL_DAY);

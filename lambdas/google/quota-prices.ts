import type { QuotaProfile } from '../sync/mailbox/quota-profile.ts';

/**
 * What Gmail's API costs and allows: Google, “Gmail API: Usage limits”, as of November 2026. The prices of 1 May
 * 2026 hold for all projects, but for those that used the API between November 2025 and April 2026: these keep the
 * ones from before. Limits count units: by user and minute, by project and minute, by project and day before
 * billing.
 */
export const quotaProfiles: Readonly<Record<'2026' | 'legacy', QuotaProfile>> = {
  '2026': {
    unitsPerUserMinute: 6_000,
    unitsPerProjectMinute: 1_200_000,
    unitsPerProjectDay: 80_000_000,
    prices: {
      getProfile: 1,
      listMessages: 5,
      listHistory: 2,
      listLabels: 1,
      getMessage: 20,
      getThread: 40,
    },
  },
  legacy: {
    unitsPerUserMinute: 15_000,
    unitsPerProjectMinute: 1_200_000,
    unitsPerProjectDay: undefined,
    prices: {
      getProfile: 1,
      listMessages: 5,
      listHistory: 2,
      listLabels: 1,
      getMessage: 5,
      getThread: 10,
    },
  },
};

import type { QuotaProfile } from '../sync/mailbox/quota-profile.ts';

const commonPrices = { getProfile: 1, listMessages: 5, listHistory: 2, listLabels: 1 };

/**
 * Prices and limits of Gmail's API (Google, “Gmail API: Usage limits”, November 2026). The prices of 1 May 2026 apply
 * to all projects except those that used the API between November 2025 and April 2026, which keep the previous ones.
 * Limits count units: per user and minute, per project and minute, per project and day before billing.
 */
export const quotaProfiles: Readonly<Record<'2026' | 'legacy', QuotaProfile>> = {
  '2026': {
    unitsPerUserMinute: 6_000,
    unitsPerProjectMinute: 1_200_000,
    unitsPerProjectDay: 80_000_000,
    prices: { ...commonPrices, getMessage: 20, getThread: 40 },
  },
  legacy: {
    unitsPerUserMinute: 15_000,
    unitsPerProjectMinute: 1_200_000,
    unitsPerProjectDay: undefined,
    prices: { ...commonPrices, getMessage: 5, getThread: 10 },
  },
};

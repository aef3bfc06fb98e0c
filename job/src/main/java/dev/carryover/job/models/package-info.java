/**
 * Files of models: where they may come from, how they are loaded and shared, why they are refused.
 */
package dev.carryover.job.models;

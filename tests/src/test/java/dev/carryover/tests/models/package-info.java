/** Announced models, from the control topic to what becomes of them. */
package dev.carryover.tests.models;

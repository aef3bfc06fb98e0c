/** The symbols a model knows, and what becomes of a symbol that it does not know. */
package dev.carryover.model.vocabulary;

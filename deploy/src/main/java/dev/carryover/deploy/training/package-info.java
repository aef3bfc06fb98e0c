/**
 * What the commands {@code train}, {@code evaluate} and {@code trace} are made of: recipes, events
 * of Avro files and Kafka topics as training data, progress, tables and pictures.
 */
package dev.carryover.deploy.training;

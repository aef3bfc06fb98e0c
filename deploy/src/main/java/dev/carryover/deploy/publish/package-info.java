/**
 * Announcing models to running jobs: {@link dev.carryover.deploy.publish.Publisher} copies a model
 * file and writes its announcement to the control topic, {@link
 * dev.carryover.deploy.publish.RevisionTables} shows what became of it.
 */
package dev.carryover.deploy.publish;

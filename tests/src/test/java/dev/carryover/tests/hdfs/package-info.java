/** Real logs, where they are at hand. */
package dev.carryover.tests.hdfs;

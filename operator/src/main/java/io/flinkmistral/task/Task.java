package io.flinkmistral.task;

import java.io.Serializable;

/** What is to be done with each record's prompt. */
public sealed interface Task extends Serializable
    permits CompletionTask, ClassificationTask, ExtractionTask, ScoringTask, EmbeddingTask {}

"""A network that learns from labels, and from what it gave itself."""

import numpy as np
import pytest

from recognizer.errors import TrainingError
from recognizer.training.distillation import LABEL_SHARE, Learner
from tests.training.conftest import ROBUST, same

IMAGES = np.random.default_rng(0).random((5, 28, 28, 1), dtype=np.float32)
LABELS = np.array([0, 3, 10, 3, 9])


@pytest.fixture
def student() -> Learner:
    return Learner.student(ROBUST, ROBUST.build().get_weights())


def test_without_a_teacher_there_are_the_labels() -> None:
    learner = Learner(ROBUST.build())
    assert learner.targets(IMAGES, LABELS).argmax(axis=1).tolist() == LABELS.tolist()
    assert learner.targets(IMAGES, LABELS).sum() == len(LABELS)
    assert learner.trainer.output_shape == (None, 11)
    assert learner.model.output_shape == (None, 10)


def test_a_student_starts_from_the_weights_of_its_teacher(student: Learner) -> None:
    assert student.teacher
    assert same(student.model.get_weights(), student.teacher.get_weights())
    with pytest.raises(TrainingError, match="do not fit"):
        Learner.student(ROBUST, student.model.get_weights()[1:])


def test_a_student_learns_from_labels_and_from_its_teacher(student: Learner) -> None:
    assert student.teacher
    given = student.teacher.predict(IMAGES, verbose=0)
    expected = LABEL_SHARE * np.eye(11)[LABELS] + (1 - LABEL_SHARE) * given
    np.testing.assert_allclose(student.targets(IMAGES, LABELS), expected, atol=1e-6)


def test_a_teacher_stays_as_it_is_while_the_student_learns(student: Learner) -> None:
    assert student.teacher
    before = student.teacher.get_weights()
    student.trainer.compile(optimizer="sgd", loss="categorical_crossentropy")
    student.trainer.train_on_batch(IMAGES, student.targets(IMAGES, LABELS))
    assert same(student.teacher.get_weights(), before)
    assert not same(student.model.get_weights(), before)

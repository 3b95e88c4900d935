"""The addresses of accounts and people."""

from django.urls import path

from users import auth_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("login/", auth_views.LoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password-change/", auth_views.PasswordChangeView.as_view(), name="password_change"),
    path("password-change/done/", auth_views.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("password-reset/", auth_views.PasswordResetView.as_view(), name="password_reset"),
    path("password-reset/done/", auth_views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path(
        "password-reset/<uidb64>/<token>/",
        auth_views.PasswordResetConfirmView.as_view(),
        name="password_reset_confirm",
    ),
    path("password-reset/complete/", auth_views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("profile/", views.profile, name="profile"),
    path("people/", views.people, name="people"),
    path("people/<path:username>/", views.person, name="person"),
    path("email/verify/", views.send_verification, name="send_verification"),
    path("email/verify/<token>/", views.verify_email, name="verify_email"),
    path("account/export/", views.export_account, name="export_account"),
    path("account/delete/", views.delete_account, name="delete_account"),
]
